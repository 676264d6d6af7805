// htmx would write styles of its indicators into the page, which has none of them and whose policy refuses styles.
htmx.config.includeIndicatorStyles = false;
