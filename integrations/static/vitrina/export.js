// Shows how far an export has come; without it the file is the same, only nobody sees it grow.
"use strict";

for (const form of document.querySelectorAll("form[data-progress]")) {
    const status = form.querySelector(".vt-under-way");
    const bar = status.querySelector("progress");
    const rows = status.querySelector("span");
    const cutOff = form.querySelector(".vt-cut-off");

    const look = async () => {
        const told = await (await fetch(form.dataset.progress)).json();
        if (told.rows === null || told.cut_off) {
            status.hidden = true;
            cutOff.hidden = !told.cut_off;
            return;
        }
        bar.value = told.rows;
        rows.textContent = told.rows.toLocaleString(document.documentElement.lang);
        setTimeout(look, 500);
    };

    form.addEventListener("submit", () => {
        status.hidden = false;
        cutOff.hidden = true;
        setTimeout(look, 500);
    });
}
