"""Another language, word by word, for looking whether what is shown was translated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QTranslator


class _Translator(QTranslator):
    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__()
        self._known = known

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return self._known.get(source, source)

    def isEmpty(self) -> bool:
        return False


@contextmanager
def translated(known: Mapping[str, str]) -> Iterator[None]:
    """Within it these texts have these translations, and others none."""
    app = QCoreApplication.instance()
    assert app is not None
    translator = _Translator(known)
    app.installTranslator(translator)
    try:
        yield
    finally:
        app.removeTranslator(translator)
