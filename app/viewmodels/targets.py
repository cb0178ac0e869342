"""Where uploads go, in words: destination, family, and the label of what was chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.forms import FieldKind
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.form import FormModel
from app.viewmodels.uploads import Target

_OPAQUE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", re.IGNORECASE)
"""Values that say nothing to a person."""


class Targets:
    """Remembers the labels of choices that were sent with, for this run."""

    def __init__(self, destinations: DestinationsModel) -> None:
        self._destinations = destinations
        self._labels: dict[tuple[str, str, str], str] = {}

    def learn(self, destination: str, options: Mapping[str, str], form: FormModel) -> None:
        """The labels the form has for these options of this destination."""
        for key, value in options.items():
            if form.value(key) == value:
                self._labels[destination, key, value] = form.label(key)

    def of(self, destination: str, options: Mapping[str, str]) -> Target | None:
        """None when the destination is not there any more."""
        found = self._destinations.find(destination)
        if found is None:
            return None
        family = self._destinations.family_of(destination)
        labels = {}
        for field in family.options if family else ():
            value = options.get(field.key, "")
            if field.kind is FieldKind.CHOICE and value:
                label = self._labels.get((destination, field.key, value), value)
                if not _OPAQUE.fullmatch(label):
                    labels[field.key] = label
        return Target(found, family, labels)
