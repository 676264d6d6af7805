"""The page on which it is set who is offered what."""

from django.test import Client

from offers import catalogue
from offers.domain.catalogue import DecisionBasis, Policy, Product
from offers.models import Policy as Row
from tests.factories import LoanFactory, publish
from tests.offers.admin.pages import PUBLISH

POLICIES = "/admin/offers/policy/"
LOANS = f"{POLICIES}loan/change/"


def test_a_product_manager_sets_it_and_sees_what_is_live(manager: Client) -> None:
    LoanFactory()
    publish()
    Row.objects.get_or_create(product_type="loan")
    assert manager.post(LOANS, {"basis": "scoring_with_fallback", "enquiries_a_day": "5"}).status_code == 302
    assert catalogue.policies() == (Policy(Product.LOAN, DecisionBasis.SCORING_WITH_FALLBACK, enquiries_a_day=5),)
    listed = manager.get(POLICIES).content.decode()
    assert "только каталог" in listed
    assert "5 запросов в сутки" in listed
    shown = manager.get(PUBLISH).content.decode()
    assert "Кому что предлагать" in shown
    assert "сначала списки, затем скоринг; без него каталог" in shown


def test_a_limit_of_none_is_refused_with_a_word(manager: Client) -> None:
    Row.objects.get_or_create(product_type="loan")
    page = manager.post(LOANS, {"basis": "catalogue_only", "enquiries_a_day": "0"}).content.decode()
    assert "Не меньше одного запроса в сутки" in page


def test_analysts_only_look(analyst: Client) -> None:
    Row.objects.get_or_create(product_type="loan")
    assert analyst.get(LOANS).status_code == 200
    assert analyst.post(LOANS, {"basis": "lists_first"}).status_code == 403
