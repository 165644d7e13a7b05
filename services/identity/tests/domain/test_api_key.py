"""An API key is what it says and nothing can be made of its hash."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.domain.api_key import ApiKey
from identity.domain.errors import KeyUnknown

CLINICS = st.uuids()
SECRETS = st.text("0123456789abcdef", min_size=48, max_size=48)


class TestApiKey:
    @given(CLINICS)
    def test_what_is_written_is_read_again(self, clinic_id) -> None:
        key = ApiKey.new(clinic_id)
        assert ApiKey.parse(str(key)) == key
        assert key.clinic_id == clinic_id

    @given(CLINICS)
    def test_no_two_are_the_same(self, clinic_id) -> None:
        keys = [ApiKey.new(clinic_id) for _ in range(20)]
        assert len({key.secret for key in keys}) == len({key.digest for key in keys}) == 20

    @given(CLINICS, SECRETS)
    def test_it_is_short_enough_to_be_sent_and_shows_an_eighth_of_itself(self, clinic_id, secret: str) -> None:
        key = ApiKey(clinic_id, secret)
        assert 20 <= len(str(key)) <= 100
        assert len(key.prefix) == 8
        assert str(key).startswith(f"amb_{clinic_id.hex}_{key.prefix}")

    @given(CLINICS, SECRETS)
    def test_what_is_kept_is_a_hash_of_the_secret(self, clinic_id, secret: str) -> None:
        key = ApiKey(clinic_id, secret)
        assert key.digest == hashlib.sha256(secret.encode()).digest()
        assert secret.encode() not in key.digest

    @given(st.text())
    def test_any_other_text_is_not_known(self, text: str) -> None:
        with pytest.raises(KeyUnknown):
            ApiKey.parse(text)

    @given(CLINICS, SECRETS, st.sampled_from(["AMB", "", "am", "ambx"]))
    def test_another_mark_is_not_known(self, clinic_id, secret: str, mark: str) -> None:
        with pytest.raises(KeyUnknown):
            ApiKey.parse(f"{mark}_{clinic_id.hex}_{secret}")

    @given(CLINICS, SECRETS, st.integers(0, 31))
    def test_a_clinic_that_is_cut_short_is_not_known(self, clinic_id, secret: str, length: int) -> None:
        with pytest.raises(KeyUnknown):
            ApiKey.parse(f"amb_{clinic_id.hex[:length]}_{secret}")
