"""Who is offered what: one row a product, so nothing to add and nothing to delete."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from offers import catalogue, wording
from offers.admin.theme import ModelAdmin
from offers.domain.catalogue import Product
from offers.models import Policy
from offers.timeline import live_content


@admin.register(Policy)
class PolicyAdmin(ModelAdmin):
    list_display = ("product", "basis", "rules", "live")
    fields = ("basis", "stop_lists", "enquiries_a_day")

    @admin.display(description=gettext_lazy("Product"))
    def product(self, policy: Policy) -> str:
        return str(policy)

    @admin.display(description=gettext_lazy("Rules"))
    def rules(self, policy: Policy) -> str:
        return ", ".join(wording.policy_rules(catalogue.policy(policy))) or wording.NOTHING

    @admin.display(description=gettext_lazy("Yandex is answered by"))
    def live(self, policy: Policy) -> str:
        return wording.policy(live_content().policy(Product(policy.product_type)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        return False
