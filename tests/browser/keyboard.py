"""A page by the tabulator alone: it reaches every control, and each shows that it has the focus."""

# What takes the keyboard and is in sight, each once: of radio buttons of one name, the first.
CONTROLS = """() => {
    const taking = "a[href], button, input, select, textarea, summary, iframe, [tabindex='0']";
    const names = new Set();
    const first = (one) => {
        if (one.type !== "radio") return true;
        const group = `${one.form?.id} ${one.name}`;
        return !names.has(group) && Boolean(names.add(group));
    };
    return [...document.querySelectorAll(taking)].filter((one) =>
        !one.disabled && first(one) &&
        one.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}));
}"""
FOCUS_SHOWS = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""
REMEMBER = """(controls) => {
    const group = (one) => one?.type === "radio" ? `${one.form?.id} ${one.name}` : one;
    window.reached = new Map();
    window.remember = () => {
        const one = document.activeElement, shows = (FOCUS_SHOWS)();
        const before = reached.get(group(one)); // a date has parts; the browser marks its last
        reached.set(group(one), before || shows || one.tagName === "IFRAME");
        return controls.every((control) => reached.has(group(control)));
    };
    window.missed = () => {
        const told = (one) => one.outerHTML.slice(0, 200);
        return {
            unreached: controls.filter((one) => !reached.has(group(one))).map(told),
            unseen: controls.filter((one) => reached.get(group(one)) === false).map(told),
        };
    };
    return controls.length;
}""".replace("FOCUS_SHOWS", FOCUS_SHOWS)
SPARE = 40  # presses for what a frame of another page holds, and to come round


def missed(page):
    """Press the tabulator until it was at every control; return the HTML of what it missed.

    Two lists: `unreached`, where it never came, and `unseen`, which do not show that they have the
    focus. A frame counts as one control, and shows the focus of what is in it.
    """
    number = page.evaluate(REMEMBER, page.evaluate_handle(CONTROLS))
    for _press in range(number + SPARE):
        page.keyboard.press("Tab")
        if page.evaluate("remember()"):
            break
    return page.evaluate("missed()")
