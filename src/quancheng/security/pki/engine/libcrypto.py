"""What `cryptography` does not offer, out of the system's libcrypto 3: SM2 (GM/T 0003) with SM3 (GM/T 0004).

Only EVP is called, through ctypes: no scalar or point passes through Python. Calls let other threads run. An object
that libcrypto made is freed when its Python owner goes.
"""

import ctypes
from contextlib import ExitStack
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_ulong, c_void_p
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal

LIBRARY: Final = "libcrypto.so.3"
# The user's identity that stands in every SM2 signature where no other was agreed (GM/T 0009 section 10).
IDENTITY: Final = b"1234567812345678"

_Bytes = POINTER(c_ubyte)
# Name: result, arguments. `c_void_p` is any object of libcrypto's.
_FUNCTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "BIO_free": (c_int, c_void_p),
    "BIO_new": (c_void_p, c_void_p),
    "BIO_new_mem_buf": (c_void_p, c_char_p, c_int),
    "BIO_ctrl": (c_long, c_void_p, c_int, c_long, c_void_p),
    "BIO_s_mem": (c_void_p,),
    "EC_KEY_free": (None, c_void_p),
    "EC_KEY_new_by_curve_name": (c_void_p, c_int),
    "EC_KEY_oct2key": (c_int, c_void_p, c_char_p, c_size_t, c_void_p),
    "ECDSA_verify": (c_int, c_int, c_char_p, c_int, c_char_p, c_int, c_void_p),
    "ERR_clear_error": (None,),
    "ERR_get_error": (c_ulong,),
    "ERR_error_string_n": (None, c_ulong, c_char_p, c_size_t),
    "EVP_sm3": (c_void_p,),
    "EVP_sm4_cbc": (c_void_p,),
    "EVP_MD_CTX_new": (c_void_p,),
    "EVP_MD_CTX_free": (None, c_void_p),
    "EVP_MD_CTX_set_pkey_ctx": (None, c_void_p, c_void_p),
    "EVP_DigestSignInit": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_DigestSign": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "EVP_DigestVerifyInit": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_DigestVerify": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
    "EVP_PKEY_free": (None, c_void_p),
    "EVP_PKEY_is_a": (c_int, c_void_p, c_char_p),
    "EVP_PKEY_CTX_new": (c_void_p, c_void_p, c_void_p),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, c_void_p, c_char_p, c_char_p),
    "EVP_PKEY_CTX_free": (None, c_void_p),
    "EVP_PKEY_CTX_set1_id": (c_int, c_void_p, c_char_p, c_int),
    "EVP_PKEY_keygen_init": (c_int, c_void_p),
    "EVP_PKEY_generate": (c_int, c_void_p, POINTER(c_void_p)),
    "EVP_PKEY_encrypt_init": (c_int, c_void_p),
    "EVP_PKEY_encrypt": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "EVP_PKEY_decrypt_init": (c_int, c_void_p),
    "EVP_PKEY_decrypt": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "PEM_read_bio_PrivateKey": (c_void_p, c_void_p, c_void_p, c_void_p, c_char_p),
    "PEM_write_bio_PKCS8PrivateKey": (c_int, c_void_p, c_void_p, c_void_p, c_char_p, c_int, c_void_p, c_void_p),
    "d2i_PUBKEY": (c_void_p, c_void_p, POINTER(c_char_p), c_long),
    "i2d_PUBKEY": (c_int, c_void_p, POINTER(_Bytes)),
    "OPENSSL_sk_new_null": (c_void_p,),
    "OPENSSL_sk_push": (c_int, c_void_p, c_void_p),
    "OPENSSL_sk_free": (None, c_void_p),
    "d2i_X509": (c_void_p, c_void_p, POINTER(c_char_p), c_long),
    "X509_free": (None, c_void_p),
    "PKCS12_create": (c_void_p, c_char_p, c_char_p, c_void_p, c_void_p, c_void_p, *[c_int] * 5),
    "PKCS12_free": (None, c_void_p),
    "i2d_PKCS12": (c_int, c_void_p, POINTER(_Bytes)),
    "CRYPTO_free": (None, c_void_p, c_char_p, c_int),
}
_BIO_GET_DATA: Final = 3
_P256: Final = 415  # NID_X9_62_prime256v1


class NoLibcrypto(Refusal):
    """The suite guomi needs libcrypto 3, which every Debian since 12 has."""

    code = "pki.no-libcrypto"
    message = _("The suite guomi needs the library %(library)s of OpenSSL 3 with SM2, and this machine has none.")
    status = 503


class Failed(ValueError):
    """What libcrypto refused to do, in its words."""


@cache
def _library() -> Any:
    try:
        library = ctypes.CDLL(LIBRARY)
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        raise NoLibcrypto(library=LIBRARY) from None
    return library


def present() -> bool:
    """Whether this machine has the library."""
    try:
        _library()
    except NoLibcrypto:
        return False
    return True


def _checked(result: Any) -> Any:
    """Return `result` unless it says that a call failed. :raises Failed: then."""
    if result is None or (isinstance(result, int) and result <= 0):
        text, library = ctypes.create_string_buffer(256), _library()
        library.ERR_error_string_n(library.ERR_get_error(), text, len(text))
        library.ERR_clear_error()
        raise Failed(text.value.decode("ascii", "replace"))
    return result


def _written(write: str, thing: Any) -> bytes:
    """Return the DER that one of the i2d functions writes."""
    library, content = _library(), _Bytes()
    size = _checked(getattr(library, write)(thing, byref(content)))
    try:
        return ctypes.string_at(content, size)
    finally:
        library.CRYPTO_free(content, b"", 0)


class _Context:
    """An EVP_PKEY_CTX or EVP_MD_CTX for the length of a `with`."""

    def __init__(self, made: Any, free: str) -> None:
        self._made, self._free = _checked(made), free

    def __enter__(self) -> Any:
        return self._made

    def __exit__(self, *_exception: object) -> None:
        getattr(_library(), self._free)(self._made)


class Pkey:
    """An SM2 key of libcrypto's, private or public."""

    def __init__(self, pointer: Any) -> None:
        self._library = _library()
        self._pointer = _checked(pointer)
        if self._library.EVP_PKEY_is_a(self._pointer, b"SM2") != 1:
            raise Failed("the key is no SM2 key")

    def __del__(self) -> None:
        if pointer := getattr(self, "_pointer", None):
            self._library.EVP_PKEY_free(pointer)

    @property
    def pointer(self) -> Any:
        """The EVP_PKEY, which lives as long as this object."""
        return self._pointer

    def public(self) -> bytes:
        """Return the SubjectPublicKeyInfo (DER)."""
        return _written("i2d_PUBKEY", self._pointer)

    def to_pem(self, passphrase: bytes) -> bytes:
        """Return the private key as PKCS#8 (PEM), encrypted with SM4 under the passphrase (PBES2)."""
        library = self._library
        with _Context(library.BIO_new(library.BIO_s_mem()), "BIO_free") as sink:
            cipher = library.EVP_sm4_cbc()
            _checked(
                library.PEM_write_bio_PKCS8PrivateKey(
                    sink, self._pointer, cipher, passphrase, len(passphrase), None, None
                )
            )
            start = c_void_p()
            size = library.BIO_ctrl(sink, _BIO_GET_DATA, 0, byref(start))
            return ctypes.string_at(start, size)

    def sign(self, content: bytes) -> bytes:
        """Return the SM2 signature with SM3 over `content`, DER (GM/T 0009 section 7.3)."""
        with self._digest("EVP_DigestSignInit") as context:
            size = c_size_t(128)
            signature = ctypes.create_string_buffer(size.value)
            _checked(self._library.EVP_DigestSign(context, signature, byref(size), content, len(content)))
            return signature.raw[: size.value]

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Test whether `signature` (DER) is this key's over `content`."""
        with self._digest("EVP_DigestVerifyInit") as context:
            found = self._library.EVP_DigestVerify(context, signature, len(signature), content, len(content))
            self._library.ERR_clear_error()
            return bool(found == 1)

    def _digest(self, begin: str) -> "_Digest":
        return _Digest(self._library, self._pointer, begin)

    def encrypt(self, content: bytes) -> bytes:
        """Return `content` encrypted to this key, as SM2Cipher (DER, GM/T 0009 section 7.2)."""
        return self._cipher("encrypt", content)

    def decrypt(self, content: bytes) -> bytes:
        """Return what an SM2Cipher (DER) holds. :raises Failed: when it was not encrypted to this key."""
        return self._cipher("decrypt", content)

    def _cipher(self, verb: str, content: bytes) -> bytes:
        begin, do = (getattr(self._library, f"EVP_PKEY_{verb}{part}") for part in ("_init", ""))
        made = self._library.EVP_PKEY_CTX_new(self._pointer, None)
        with _Context(made, "EVP_PKEY_CTX_free") as context:
            _checked(begin(context))
            size = c_size_t()
            _checked(do(context, None, byref(size), content, len(content)))
            result = ctypes.create_string_buffer(size.value)
            _checked(do(context, result, byref(size), content, len(content)))
            return result.raw[: size.value]


class _Digest:
    """A digest context bound to a key and the user's identity, for the length of a `with`."""

    def __init__(self, library: Any, pointer: Any, begin: str) -> None:
        self._library = library
        self._parameters = _checked(library.EVP_PKEY_CTX_new(pointer, None))
        self._context = library.EVP_MD_CTX_new()
        try:
            _checked(self._context)
            _checked(library.EVP_PKEY_CTX_set1_id(self._parameters, IDENTITY, len(IDENTITY)))
            library.EVP_MD_CTX_set_pkey_ctx(self._context, self._parameters)
            _checked(getattr(library, begin)(self._context, None, library.EVP_sm3(), None, pointer))
        except Failed:
            self.__exit__()
            raise

    def __enter__(self) -> Any:
        return self._context

    def __exit__(self, *_exception: object) -> None:
        self._library.EVP_MD_CTX_free(self._context)
        self._library.EVP_PKEY_CTX_free(self._parameters)


def generate() -> Pkey:
    """Return a new SM2 key. :raises NoLibcrypto: when this machine cannot make one."""
    library = _library()
    made = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if made is None:
        raise NoLibcrypto(library=LIBRARY)
    with _Context(made, "EVP_PKEY_CTX_free") as context:
        _checked(library.EVP_PKEY_keygen_init(context))
        key = c_void_p()
        _checked(library.EVP_PKEY_generate(context, byref(key)))
        return Pkey(key.value)


def open_private(pem: bytes, passphrase: bytes) -> Pkey:
    """Return the key of a PKCS#8 (PEM). :raises Failed: when the passphrase is wrong or it is no SM2 key."""
    library = _library()
    with _Context(library.BIO_new_mem_buf(pem, len(pem)), "BIO_free") as source:
        return Pkey(library.PEM_read_bio_PrivateKey(source, None, None, passphrase))


def open_public(der: bytes) -> Pkey:
    """Return the key of a SubjectPublicKeyInfo (DER). :raises Failed: when it is no SM2 key."""
    at = c_char_p(der)
    return Pkey(_library().d2i_PUBKEY(None, byref(at), len(der)))


def p256_verifies(point: bytes, signature: bytes, digest: bytes) -> bool:
    """Test whether `signature` (DER) is that of the P-256 key `point` (SEC 1) over what has the SHA-256 `digest`.

    `cryptography` can do this too, but one after another only: it keeps other threads waiting meanwhile.
    """
    library = _library()
    with _Context(library.EC_KEY_new_by_curve_name(_P256), "EC_KEY_free") as key:
        found = (
            library.EC_KEY_oct2key(key, point, len(point), None) == 1
            and library.ECDSA_verify(0, digest, len(digest), signature, len(signature), key) == 1
        )
    if not found:
        library.ERR_clear_error()
    return bool(found)


def pkcs12(key: Pkey, certificates: tuple[bytes, ...], *, name: str, password: str, rounds: int) -> bytes:
    """Return a PKCS#12 (DER) with a key, its certificate and the others (DER); PBES2 with AES-256 and SHA-256."""
    library = _library()
    with ExitStack() as stack:
        loaded = []
        for content in certificates:
            at = c_char_p(content)
            loaded.append(stack.enter_context(_Context(library.d2i_X509(None, byref(at), len(content)), "X509_free")))
        others = stack.enter_context(_Context(library.OPENSSL_sk_new_null(), "OPENSSL_sk_free"))
        for item in loaded[1:]:
            library.OPENSSL_sk_push(others, item)
        numbers = (0, 0, rounds, rounds, 0)
        made = library.PKCS12_create(password.encode(), name.encode(), key.pointer, loaded[0], others, *numbers)
        return _written("i2d_PKCS12", stack.enter_context(_Context(made, "PKCS12_free")))
