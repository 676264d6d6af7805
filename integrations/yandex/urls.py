"""The three documented paths, with and without a trailing slash; and a place where all other paths of the API end."""

from django.urls import re_path

from integrations.yandex.views import LoanApprovalView, UnknownPathView

urlpatterns = [
    re_path(
        r"^(?:integrations/api/banking|integrations/v1/api|api/banking)/loan_approval/?\Z",
        LoanApprovalView.as_view(),
        name="loan_approval",
    ),
    re_path(r"^(?:integrations|api/banking)(?:/|\Z)", UnknownPathView.as_view()),
]
