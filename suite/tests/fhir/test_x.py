from fhir_builders import Y
def test_a() -> None:
    assert Y
