"""The three documented paths, with and without a trailing slash; the one of access tokens; and where all others end."""

from django.urls import re_path

from integrations.yandex import oauth
from integrations.yandex.exit import TOKEN_PATH
from integrations.yandex.views import LoanApprovalView, UnknownPathView

urlpatterns = [
    re_path(
        r"^(?:integrations/api/banking|integrations/v1/api|api/banking)/loan_approval/?\Z",
        LoanApprovalView.as_view(),
        name="loan_approval",
    ),
    re_path(rf"^{TOKEN_PATH[1:]}/?\Z", oauth.give, name="token"),  # type: ignore[arg-type]  # an Answer
    re_path(r"^(?:integrations|api/banking)(?:/|\Z)", UnknownPathView.as_view()),
]
