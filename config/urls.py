from django.urls import URLPattern, URLResolver, include, path

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("integrations.yandex.urls")),
    path("livez", health.livez),
    path("readyz", health.readyz),
]
