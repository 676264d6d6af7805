// Lists of lines: the spare line at the end is the pattern for new ones. Without this script it is simply filled in, and
// a line is removed by emptying it; so the buttons show themselves only once they work.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    for (const list of document.querySelectorAll("[data-lines]")) {
        const pattern = list.querySelector("[data-spare]");
        const add = list.querySelector("[data-add]");
        for (const button of list.querySelectorAll("button")) {
            button.hidden = false;
        }
        pattern.remove();

        const append = () => {
            const line = pattern.cloneNode(true);
            line.removeAttribute("data-spare");
            list.insertBefore(line, add);
            line.querySelector("input").focus();
        };

        list.addEventListener("click", (event) => {
            if (event.target.closest("[data-add]")) {
                append();
            }
            const remove = event.target.closest("[data-remove]");
            if (remove) {
                remove.closest(".vt-line").remove();
                add.focus();
            }
        });
        list.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && event.target.matches("input")) {
                event.preventDefault();
                append();
            }
        });
    }
});
