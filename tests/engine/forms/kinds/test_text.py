import pytest

LINE = {"type": "textfield"}
PARAGRAPHS = {"type": "textarea"}


def test_it_trims_and_composes(clean):
    assert clean(LINE, "  Jose\u0301   ") == "José"


def test_an_empty_answer_is_null(clean):
    assert clean(LINE, "   ") is None


def test_a_line_has_no_second_line(refused):
    assert "single line" in refused(LINE, "uno\ndos")


def test_paragraphs_keep_their_lines(clean):
    assert clean(PARAGRAPHS, "uno\r\ndos") == "uno\ndos"


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a\u202eb", "a\x07b"])
def test_what_cannot_be_stored_or_misleads_is_refused(refused, text):
    assert "characters" in refused(PARAGRAPHS, text)


@pytest.mark.parametrize("answer", [5, True, {"a": 1}, 1.5])
def test_another_type_is_refused(refused, answer):
    assert "type" in refused(LINE, answer)


def test_it_says_how_much_too_long(refused):
    assert refused({**LINE, "validate": {"maxLength": 3}}, "abcd") == "It is too long: 3 characters fit and it has 4."


def test_it_has_a_limit_where_the_schema_sets_none(refused):
    assert "500 characters fit" in refused(LINE, "a" * 501)


def test_too_short(refused):
    assert "at least 3" in refused({**LINE, "validate": {"minLength": 3}}, "ab")


def test_a_pattern_finds_as_in_the_browser(clean, refused):
    field = {**LINE, "validate": {"pattern": r"^\d{4}$", "patternErrorMessage": "Cuatro dígitos."}}

    assert clean(field, "2026") == "2026"
    assert refused(field, "26") == "Cuatro dígitos."
