"""Where an offer's links may lead, and what must not stand in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from offers.domain.findings import Finding, Severity

# Filled in where a proposal leaves for a person; the form of UTM tags and all else is the bank's.
PLACEHOLDERS: Final = ("ref", "search_id", "offer", "release")
_BRACES: Final = re.compile(r"\{([^{}]*)\}|[{}]")
_UNFIT: Final = re.compile(r"[\s\\<>\"^`|\x00-\x1f\x7f]")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*\Z")
# Schemes that a phone runs or opens by itself, and the one that anybody on the way can read.
_NO_APP: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "http", "content"})
_PERSONAL_NAME: Final = re.compile(
    r"phone|(^|[_-])tel($|[_-])|mobile|msisdn|e?mail|passport|snils|(^|[_-])inn($|[_-])|birth|surname|last_?name"
    r"|first_?name|(^|[_-])fio($|[_-])|телефон|почта|паспорт|снилс|фамилия|фио",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<!\d)(?:\+?7|8)?[\s(-]*9\d{2}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)")
_MAIL: Final = re.compile(r"[^\s@/]+@[^\s@/]+\.[^\s@/]+")


class LinkRule(StrEnum):
    """What is wrong with a link."""

    UNREADABLE = "link_unreadable"
    USER = "link_user"
    HOST_PLACEHOLDER = "link_host_placeholder"
    HOST = "link_host"
    APP_UNREADABLE = "deep_link_unreadable"
    APP_UNSAFE = "deep_link_unsafe"
    APP_SCHEME = "deep_link_scheme"
    BRACE = "link_brace"
    PLACEHOLDER = "link_placeholder"
    CHARACTER = "link_character"
    PERSONAL_NAME = "link_personal_name"
    PERSONAL = "link_personal"


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """Hosts of the bank, each with all below it, and schemes of its apps. None named: any that is safe."""

    hosts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()


ANYWHERE: Final = LinkPolicy()


def check_link(link: str, policy: LinkPolicy) -> list[Finding]:
    """Of a link to the web form; none where there is no link."""
    return list(_web(link, policy)) if link else []


def check_deep_link(link: str, policy: LinkPolicy) -> list[Finding]:
    """Of a link into the app, which may be one to the web that the app claims."""
    if not link:
        return []
    scheme = link.partition(":")[0].lower()
    if scheme == "https":
        return list(_web(link, policy))
    return list(_app(link, scheme, policy))


def _web(link: str, policy: LinkPolicy) -> Iterator[Finding]:
    yield from _anywhere(link)
    parts = _split(link)
    if parts is None or parts.scheme != "https" or not parts.hostname:
        yield _finding(LinkRule.UNREADABLE)
        return
    if "@" in parts.netloc:
        yield _finding(LinkRule.USER)
    if "{" in parts.netloc:
        yield _finding(LinkRule.HOST_PLACEHOLDER)
    elif policy.hosts and not any(_within(parts.hostname, host) for host in policy.hosts):
        yield _finding(LinkRule.HOST, host=parts.hostname, allowed=", ".join(policy.hosts))
    yield from _personal(parts)


def _app(link: str, scheme: str, policy: LinkPolicy) -> Iterator[Finding]:
    yield from _anywhere(link)
    parts = _split(link)
    if parts is None or ":" not in link or not _SCHEME.match(scheme) or not link.partition(":")[2]:
        yield _finding(LinkRule.APP_UNREADABLE)
        return
    if scheme in _NO_APP:
        yield _finding(LinkRule.APP_UNSAFE, scheme=scheme)
    elif policy.schemes and scheme not in policy.schemes:
        yield _finding(LinkRule.APP_SCHEME, scheme=scheme, allowed=", ".join(policy.schemes))
    yield from _personal(parts)


def _anywhere(link: str) -> Iterator[Finding]:
    for brace in _BRACES.finditer(link):
        if brace[1] is None:
            yield _finding(LinkRule.BRACE)
        elif brace[1] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            yield _finding(LinkRule.PLACEHOLDER, placeholder=brace[0], known=known)
    if unfit := _UNFIT.search(link):
        yield _finding(LinkRule.CHARACTER, character=repr(unfit[0])[1:-1])


def _personal(parts: SplitResult) -> Iterator[Finding]:
    """By names of parameters, and by what looks like a phone number or an e-mail address anywhere behind the host."""
    for name, _value in parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(parts.fragment):
        if _PERSONAL_NAME.search(name):
            yield _finding(LinkRule.PERSONAL_NAME, name=name)
    behind = unquote(f"{parts.path}?{parts.query}#{parts.fragment}")
    for pattern in (_PHONE, _MAIL):
        if found := pattern.search(behind):
            yield _finding(LinkRule.PERSONAL, fragment=found[0])


def _within(host: str, allowed: str) -> bool:
    return host == allowed or host.endswith(f".{allowed}")


def _split(link: str) -> SplitResult | None:
    try:
        return urlsplit(link)
    except ValueError:  # a bracket of an IPv6 address that is not closed
        return None


def _finding(rule: LinkRule, **parameters: str) -> Finding:
    return Finding(rule.value, Severity.ERROR, parameters, "")
