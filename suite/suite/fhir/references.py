"""What a reference means: Type/id, a URL that ends so, or the fullUrl of a Bundle entry."""

from collections.abc import Mapping

from suite.fhir.reading import Resource


class References:
    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._named = dict(resources)
        for resource in resources.values():
            for url in resource.urls:
                self._named.setdefault(url, resource)

    def find(self, reference: str) -> Resource | None:
        plain = reference.partition("/_history/")[0]  # one version is as good as another: there is only one here
        return self._named.get(plain) or self._named.get("/".join(plain.rsplit("/", 2)[-2:]))
