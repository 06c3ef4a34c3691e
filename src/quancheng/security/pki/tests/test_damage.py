"""Requests that broke something once, found by the damage of tests/soak."""

import pytest
from cryptography.x509 import ocsp as reference

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import der, ocsp, timestamps

GOOD = timestamps.request(b"d" * 32, nonce=7)


@pytest.mark.django_db
class TestTimestamps:
    @pytest.mark.parametrize("kind", [0x07, 0x08, 0x09], ids=["ObjectDescriptor", "InstanceOf", "Real"])
    def test_a_value_of_a_kind_that_is_never_used_is_rejected(self, site, kind):
        place = GOOD.index(b"\x01\x01\xff")
        spoilt = GOOD[:place] + bytes((kind,)) + GOOD[place + 1 :]

        with pytest.raises(timestamps.Refused) as refused:
            timestamps.token_of(pki.answer_timestamp_request(spoilt))
        assert refused.value.failure == "bad_data_format"

    def test_values_in_values_without_end_are_rejected(self, site):
        content = b"\x05\x00"
        for _ in range(3000):
            content = der.wrap(der.SEQUENCE, content)

        with pytest.raises(timestamps.Refused):
            timestamps.token_of(pki.answer_timestamp_request(content))


def asked(*, serial=b"\x05", algorithm=None, nonce=None):
    """Return an OCSP request with parts as given."""
    algorithm = algorithm or der.oid("1.3.14.3.2.26")
    hashes = der.wrap(der.OCTETS, b"n" * 20) + der.wrap(der.OCTETS, b"k" * 20)
    identifier = der.wrap(der.SEQUENCE, algorithm) + hashes + der.wrap(der.INTEGER, serial)
    body = der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, identifier)))
    if nonce is not None:
        body += der.wrap(0xA2, der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, nonce)))
    return der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, body))


class TestOcsp:
    """What goes back into the reply must be what others can read."""

    @pytest.mark.parametrize(
        "spoilt",
        [
            asked(serial=b"\x00\x05"),
            asked(serial=b"\xff\x85"),
            asked(algorithm=der.wrap(der.OID, b"\x2a\x80\x01")),
            asked(algorithm=der.wrap(der.OID, b"\x2a\x86")),
            asked(algorithm=der.wrap(der.OID, b"\x2a" * 64)),
            asked(nonce=ocsp.NONCE + ocsp.NONCE + der.wrap(der.OCTETS, b"n")),
            asked(nonce=ocsp.NONCE + der.wrap(der.OCTETS, b"n") * 2),
        ],
    )
    def test_a_request_that_is_no_der_is_refused(self, spoilt):
        with pytest.raises(der.Damaged):
            ocsp.read(spoilt)

    def test_the_sound_one_is_read(self):
        sound = asked(nonce=ocsp.NONCE + der.wrap(der.OCTETS, b"\x04\x01n"))

        assert reference.load_der_ocsp_request(sound).serial_number == ocsp.read(sound).asked[0].serial == 5


@pytest.mark.django_db
class TestAcme:
    @pytest.mark.parametrize("text", ["\0", "\ud800"], ids=["NUL", "half a surrogate"])
    def test_text_that_nobody_can_store_is_refused(self, device, text):
        for reply in (
            device.post(device.directory["newOrder"], {"identifiers": [{"type": "dns", "value": f"a{text}"}]}),
            device.post(device.directory["newOrder"], {}, kid=device.kid + text),
            device.post(device.kid, {"contact": [f"mailto:a{text}@jinan.example"]}),
        ):
            assert reply.status_code == 400
            assert reply.json()["type"].startswith("urn:ietf:params:acme:error:")
