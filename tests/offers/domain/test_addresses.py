import pytest

from offers.domain.addresses import ANYWHERE, LinkPolicy, check_deep_link, check_link

BANK = LinkPolicy(hosts=("bank.ru",), schemes=("bank", "mybank"))
GOOD = "https://www.bank.ru/credit?offer={offer}&ref={ref}&id={search_id}&r={release}&utm_source=yandex&utm_term=100000"


def rules(link: str, policy: LinkPolicy = BANK) -> list[str]:
    return [finding.rule for finding in check_link(link, policy)]


def deep_rules(link: str, policy: LinkPolicy = BANK) -> list[str]:
    return [finding.rule for finding in check_deep_link(link, policy)]


@pytest.mark.parametrize(
    "link", ["", GOOD, "https://bank.ru", "https://BANK.ru:8443/{ref}#form", "https://a.b.bank.ru/"]
)
def test_it_lets_good_links_pass(link: str) -> None:
    assert rules(link) == []


@pytest.mark.parametrize("link", ["", "bank://offers/{offer}?ref={ref}", "mybank:open", "BANK://x", GOOD])
def test_it_lets_links_into_the_app_pass(link: str) -> None:
    assert deep_rules(link) == []


@pytest.mark.parametrize(
    ("link", "rule"),
    [
        ("http://bank.ru/", "link_unreadable"),
        ("bank.ru/credit", "link_unreadable"),
        ("https://", "link_unreadable"),
        ("https://[::1/", "link_unreadable"),
        ("https://evil.example/", "link_host"),
        ("https://notbank.ru/", "link_host"),
        ("https://bank.ru.evil.example/", "link_host"),
        ("https://user@bank.ru/", "link_user"),
        ("https://bank.ru@evil.example/", "link_user"),
        ("https://{offer}.bank.ru/", "link_host_placeholder"),
        ("https://bank.ru/{phone}", "link_placeholder"),
        ("https://bank.ru/?ref={REF}", "link_placeholder"),
        ("https://bank.ru/{ref", "link_brace"),
        ("https://bank.ru/a b", "link_character"),
        ("https://bank.ru\\@evil.example/", "link_character"),
        ("https://bank.ru/?phone={ref}", "link_personal_name"),
        ("https://bank.ru/?client_tel=1", "link_personal_name"),
        ("https://bank.ru/?email=", "link_personal_name"),
        ("https://bank.ru/#fio=x", "link_personal_name"),
        ("https://bank.ru/?p=9330445040", "link_personal"),
        ("https://bank.ru/+7(933)044-50-40", "link_personal"),
        ("https://bank.ru/?u=a%40mail.ru", "link_personal"),
    ],
)
def test_it_names_what_is_wrong(link: str, rule: str) -> None:
    assert rule in rules(link)


@pytest.mark.parametrize(
    ("link", "rule"),
    [
        ("javascript:alert(1)", "deep_link_unsafe"),
        ("http://bank.ru/", "deep_link_unsafe"),
        ("other://offers", "deep_link_scheme"),
        ("offers", "deep_link_unreadable"),
        ("bank:", "deep_link_unreadable"),
        ("://x", "deep_link_unreadable"),
        ("bank://offers?phone=1", "link_personal_name"),
        ("bank://{fio}", "link_placeholder"),
        ("https://evil.example/", "link_host"),
    ],
)
def test_it_names_what_is_wrong_in_the_app(link: str, rule: str) -> None:
    assert rule in deep_rules(link)


def test_without_a_list_any_safe_place_will_do() -> None:
    assert rules("https://any.example/", ANYWHERE) == []
    assert deep_rules("any://x", ANYWHERE) == []
    assert deep_rules("data:text/html,x", ANYWHERE) == ["deep_link_unsafe"]


@pytest.mark.parametrize("number", ["100000", "20261231", "1000000000", "123456789012"])
def test_not_every_number_is_a_phone(number: str) -> None:
    assert rules(f"https://bank.ru/?utm_campaign={number}") == []
