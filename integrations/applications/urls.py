from django.urls import re_path

from integrations.applications import redirect
from integrations.applications.views import ApplicationsView
from integrations.yandex.exit import NEWS_PATH

urlpatterns = [
    re_path(r"^go(?:/(?P<ref>[\s\S]*))?\Z", redirect.follow, name="go"),  # whatever stands there leads somewhere
    re_path(rf"^{NEWS_PATH[1:]}/?\Z", ApplicationsView.as_view(), name="applications"),
]
