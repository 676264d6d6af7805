"""Where the bank's system brings lists of people."""

from django.urls import re_path

from integrations.lists import views
from integrations.yandex.exit import LISTS_PATH

LIST = rf"^{LISTS_PATH[1:]}/(?P<code>[a-z0-9][a-z0-9-]{{0,39}})"
VERSION = rf"{LIST}/versions/(?P<number>[1-9][0-9]{{0,8}})"

urlpatterns = [
    re_path(rf"{LIST}/?\Z", views.ListView.as_view()),
    re_path(rf"{LIST}/versions/?\Z", views.BeginView.as_view()),
    re_path(rf"{VERSION}/?\Z", views.VersionView.as_view()),
    re_path(rf"{VERSION}/parts/(?P<part>[1-9][0-9]{{0,4}})/?\Z", views.PartView.as_view()),
    re_path(rf"{VERSION}/check/?\Z", views.CheckView.as_view()),
    re_path(rf"{VERSION}/switch/?\Z", views.SwitchView.as_view()),
    re_path(rf"{VERSION}/take_back/?\Z", views.TakeBackView.as_view()),
]
