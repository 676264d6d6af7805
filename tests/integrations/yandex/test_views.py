"""What every view of the API has in common."""

from typing import Any

import pytest
from rest_framework.permissions import IsAdminUser

from integrations.yandex import auth
from integrations.yandex.views import ApiView


def test_who_calls_is_told_by_the_default_authentication() -> None:
    class View(ApiView):
        pass

    assert isinstance(View.authenticator, auth.ClientAuthentication)


@pytest.mark.parametrize(
    "ignored", [{"permission_classes": (IsAdminUser,)}, {"throttle_classes": (object,)}, {"authentication_classes": ()}]
)
def test_what_would_be_ignored_is_refused(ignored: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        type("View", (ApiView,), ignored)
