from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

API = [
    path("", include("integrations.applications.urls")),
    path("", include("integrations.lists.urls")),
    path("", include("integrations.yandex.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [*(API if settings.SERVES_API else ())]
if settings.SERVES_ADMIN:
    urlpatterns.append(path("", include("config.admin_urls")))
