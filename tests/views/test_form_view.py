"""Forms: every kind of field is drawn, named, filled, and says what is wrong with it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from app.core.forms import TRUE, Choice, Field, FieldKind
from app.viewmodels.form import FormModel
from app.views.choice_box import ChoiceBox
from app.views.form_view import FormView
from app.views.theme import Theme

FIELDS = (
    Field("name", "Name", required=True),
    Field("url", "Address", FieldKind.ADDRESS, required=True, help="The API's address."),
    Field("password", "Password", FieldKind.SECRET),
    Field("kind", "Kind", FieldKind.CHOICE, choices=(Choice("a", "First"), Choice("b", "Second"))),
    Field("extra", "Extra", shown_if=("kind", ("b",))),
    Field("on", "Switch it on", FieldKind.CHECK, default="false"),
    Field("ca", "Certificate file", FieldKind.FILE, advanced=True),
)


@pytest.fixture
def form() -> FormModel:
    return FormModel(FIELDS)


@pytest.fixture(params=[False, True], ids=["tall", "compact"])
def view(request: pytest.FixtureRequest, theme: Theme, form: FormModel, qtbot: QtBot) -> FormView:
    made = FormView(theme, form, compact=request.param)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def control(view: FormView, key: str) -> QLineEdit:
    found = view.field(key)
    assert found is not None
    assert isinstance(found.control, QLineEdit)
    return found.control


def test_every_kind_is_drawn_and_named(view: FormView, form: FormModel) -> None:
    for field in form.fields:
        drawn = view.field(field.key)
        assert drawn is not None
        assert drawn.control.accessibleName() == field.label
        if field.kind is FieldKind.CHECK:
            assert isinstance(drawn.control, QCheckBox)
        elif field.kind is FieldKind.CHOICE:
            assert isinstance(drawn.control, ChoiceBox)
        else:
            assert isinstance(drawn.control, QLineEdit)
    assert not view.grab().isNull()


def test_labels_lead_to_their_controls(view: FormView) -> None:
    labels = [label for label in view.findChildren(QLabel) if label.buddy() is not None]
    assert {label.buddy().accessibleName() for label in labels} >= {"Name", "Address", "Kind"}


def test_a_password_is_hidden_until_the_eye_is_pressed(view: FormView) -> None:
    edit = control(view, "password")
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    (eye,) = [action for action in edit.actions() if action.isCheckable()]
    eye.trigger()
    assert edit.echoMode() is QLineEdit.EchoMode.Normal


def test_what_is_typed_reaches_the_form(view: FormView, form: FormModel) -> None:
    QTest.keyClicks(control(view, "name"), "Springfield")
    drawn = view.field("on")
    assert drawn is not None and isinstance(drawn.control, QCheckBox)
    drawn.control.click()
    assert (form.value("name"), form.value("on")) == ("Springfield", TRUE)


def test_what_the_form_learns_is_shown_without_moving_the_cursor(
    view: FormView, form: FormModel
) -> None:
    QTest.keyClicks(control(view, "name"), "Springfield")
    control(view, "name").setCursorPosition(3)
    form.suggest({"url": "https://folio.example.org"})
    assert control(view, "url").text() == "https://folio.example.org"
    assert control(view, "name").cursorPosition() == 3


def test_a_field_appears_when_it_is_asked(view: FormView, form: FormModel) -> None:
    assert view.field("extra") is None
    kept = view.field("name")
    form.set("kind", "b")
    assert view.field("extra") is not None
    assert view.field("name") is kept
    form.set("kind", "a")
    assert view.field("extra") is None


def test_what_is_wrong_is_said_below_the_field(view: FormView, form: FormModel) -> None:
    form.set("url", "folio")
    assert form.complain() is False
    texts = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    assert "This is needed." in texts
    assert "An address looks like https://folio.example.org." in texts
    assert control(view, "name").property("wrong") is True
    view.focus()
    assert view.focusWidget() is control(view, "name")


def test_advanced_fields_wait_behind_their_title(view: FormView) -> None:
    assert not control(view, "ca").isVisible()
    view.focus("ca")
    assert control(view, "ca").isVisible()


def test_tab_walks_the_fields_in_order(theme: Theme, form: FormModel, qtbot: QtBot) -> None:
    view = FormView(theme, form)
    qtbot.addWidget(view)
    view.show()
    view.focus("name")
    seen = []
    for _ in range(3):
        focused = view.focusWidget()
        assert focused is not None
        seen.append(focused.accessibleName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == ["Name", "Address", "Password"]
