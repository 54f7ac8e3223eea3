import pytest


def of(tipo):
    return {"type": "textfield", "properties": {"tipo": tipo}}


def test_a_local_telephone_is_read_in_the_country_of_the_office(clean):
    assert clean(of("phone"), "962 625 1234") == "+529626251234"


def test_a_telephone_of_another_country_names_it(clean):
    assert clean(of("phone"), "+504 9999-8888") == "+50499998888"


@pytest.mark.parametrize("number", ["123", "no tengo", "+", "+999 123456789", "9" * 39])
def test_what_is_no_telephone_is_refused(refused, number):
    assert "telephone" in refused(of("phone"), number)


def test_the_validation_type_of_the_schema_serves_too(clean, refused):
    assert clean({"type": "textfield", "validate": {"validationType": "phone"}}, "+50499998888") == "+50499998888"
    assert "e-mail" in refused({"type": "textfield", "validate": {"validationType": "email"}}, "ana@consulado")


def test_an_email(clean):
    assert clean(of("email"), " ana@consulado.hn ") == "ana@consulado.hn"


def test_a_dni_is_kept_as_digits(clean):
    assert clean(of("dni"), "0801-1990-12345") == "0801199012345"


@pytest.mark.parametrize("dni", ["080119901234", "0001-1990-12345", "1901-1990-12345", "0801-2090-12345", "a"])
def test_what_is_no_dni_is_refused(refused, dni):
    assert "13 digits" in refused(of("dni"), dni)


def test_a_folio(clean, refused):
    assert clean(of("case"), "hn-mx-tap-2026-pen-000123") == "HN-MX-TAP-2026-PEN-000123"
    assert "folio" in refused(of("case"), "123")
