from typing import Any, ClassVar

from rest_framework import serializers

from integrations import models
from offers.domain.payments import annuity
from offers.models import Offer


class EnquirySerializer(serializers.Serializer[Any]):
    phone_number = serializers.RegexField(r"^[0-9]{10}$")
    amount = serializers.DecimalField(max_digits=13, decimal_places=2, min_value=0, required=False, allow_null=True)
    term = serializers.IntegerField(min_value=1, max_value=600, required=False, allow_null=True)
    product_type = serializers.ChoiceField(models.PRODUCTS)
    search_id = serializers.UUIDField()
    props = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)


class RangeField(serializers.Field[Any, Any, Any, Any]):
    """The columns name_min and name_max as an object."""

    def get_attribute(self, instance: Offer) -> dict[str, Any]:
        return {end: getattr(instance, f"{self.field_name}_{end}") for end in ("min", "max")}

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class OfferSerializer(serializers.ModelSerializer[Offer]):
    decision = serializers.ReadOnlyField(default="pre_approved")
    amount = RangeField(read_only=True)
    term = RangeField(read_only=True)
    rate = RangeField(read_only=True)
    total_cost = RangeField(read_only=True)
    payment = serializers.SerializerMethodField()
    propousal_link = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields: ClassVar[list[str]] = [
            *("product_type", "decision", "amount", "term", "rate", "total_cost", "payment"),
            *("special_conditions", "required_documents", "choosable_documents", "propousal_link"),
        ]

    def get_payment(self, offer: Offer) -> dict[str, Any]:
        asked = self.context["enquiry"]
        amount, term = asked.get("amount"), asked.get("term")
        return {
            "min": annuity(amount or offer.amount_min, offer.rate_min, term or offer.term_max or 1),
            "max": annuity(amount or offer.amount_max, offer.rate_max, term or offer.term_min or 1),
        }

    def get_propousal_link(self, offer: Offer) -> dict[str, str]:
        return {"link": offer.link, "deep": offer.deep_link}

    def to_representation(self, instance: Offer) -> dict[str, Any]:
        shown = super().to_representation(instance)
        for name in ("special_conditions", "required_documents", "choosable_documents"):
            shown[name] = shown[name] or None
        return shown


class AnswerSerializer(serializers.Serializer[Any]):
    search_id = serializers.UUIDField()
    status = serializers.CharField()
    name = serializers.CharField()
    decision = serializers.CharField()
    data = OfferSerializer(many=True)  # type: ignore[assignment]  # a field of that name
