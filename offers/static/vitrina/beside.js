// Beside an offer's form: how the offer would be seen, asked anew whenever something was typed and then left in peace.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    const beside = document.querySelector("[data-beside]");
    const form = beside && document.getElementById(beside.dataset.form);
    if (!form) {
        return;
    }
    const seen = beside.querySelector("[data-seen]");
    let timer = 0;
    let asked = 0;

    const show = async () => {
        const own = ++asked;
        const typed = new FormData(form);
        typed.set("_beside", beside.dataset.row);
        for (const input of beside.querySelectorAll("input")) {
            typed.set(input.name, input.value);
        }
        const answer = await fetch(beside.dataset.beside, { method: "POST", body: typed }).catch(() => null);
        // What was asked before is late by now.
        if (own === asked && answer && answer.ok && !answer.redirected) {
            seen.innerHTML = await answer.text();
        }
    };
    const soon = () => {
        clearTimeout(timer);
        timer = setTimeout(show, 400);
    };

    for (const typedIn of [form, beside]) {
        typedIn.addEventListener("input", soon);
        typedIn.addEventListener("change", soon);
    }
    form.addEventListener("click", (event) => {
        if (event.target.closest("[data-remove]")) {
            soon();
        }
    });
    show();
});
