"""Signed notes, keys and checkpoints: one spelling each, and no signature taken on trust."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.errors import (
    CheckpointError,
    InvalidSignatureError,
    KeyTextError,
    NoteError,
    TlogError,
    UnverifiedNoteError,
)
from ledger.tlog.note import (
    MAX_NOTE,
    MAX_SIGNATURES,
    Checkpoint,
    Ed25519Signer,
    Ed25519Verifier,
    Note,
    Signature,
    open_checkpoint,
    open_note,
    sign,
)
from tests.tlog.trees import flip_bit, mutations_of

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
TEXT = "This is an example message.\n"
SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
SIGNATURE_LINE = f"— example.com/foo {SIGNATURE}\n"
NOTE = f"{TEXT}\n{SIGNATURE_LINE}".encode()

LOG = Ed25519Signer.from_seed("example.org/log", b"\x01" * 32)
WITNESS = Ed25519Signer.from_seed("witness.example", b"\x02" * 32)
STRANGER = Ed25519Signer.from_seed("stranger.example", b"\x03" * 32)
CHECKPOINT = Checkpoint("example.org/log", 109_482, b"\xfb" * 32)


def test_the_specifications_vector_verifies():
    """The example note of the signed-note specification opens under its key."""
    verifier = Ed25519Verifier.from_vkey(VKEY)

    text, (signature,) = open_note(NOTE, [verifier])

    assert text == TEXT
    assert signature.name == "example.com/foo"
    assert signature.key_id == bytes.fromhex("530d903a")
    assert signature.to_line() == SIGNATURE_LINE
    assert verifier.to_vkey() == VKEY
    assert Note.from_bytes(NOTE).to_bytes() == NOTE


def test_a_private_key_of_the_go_tools_is_read():
    """The private key that Go's note package has in its examples gives the public key it has there."""
    signer = Ed25519Signer.from_skey("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")

    expected = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert signer.verifier.to_vkey() == expected
    assert signer.verifier == Ed25519Verifier.from_vkey(expected)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_comes_back_from_its_texts(seed):
    """Private and public text forms give the same key, also where the base64 holds a plus."""
    signer = Ed25519Signer.from_seed("example.org/log", seed)

    again = Ed25519Signer.from_skey(signer.to_skey())

    assert again.to_skey() == signer.to_skey()
    assert again.sign(b"text\n") == signer.sign(b"text\n")
    assert Ed25519Verifier.from_vkey(signer.verifier.to_vkey()) == signer.verifier


def test_a_private_key_is_not_shown():
    """Neither repr nor a refusal gives the secret away."""
    secret = LOG.to_skey()
    payload = secret.rsplit("+", 1)[1]

    with pytest.raises(KeyTextError) as refusal:
        Ed25519Signer.from_skey(secret[:-4])

    for shown in (repr(LOG), str(LOG), str(refusal.value)):
        assert payload[:8] not in shown


def test_keys_of_one_name_have_ids_of_their_own():
    """The key id depends on name and key, so neither can be exchanged unnoticed."""
    ids = {Ed25519Signer.from_seed(name, bytes([n]) * 32).key_id for name in "ab" for n in range(9)}

    assert len(ids) == 18


def with_another_id(vkey):
    return vkey.replace("530d903a", "530d903b")


def with_another_name(vkey):
    return vkey.replace("/foo", "/bar")


def with_upper_case_id(vkey):
    return vkey.replace("530d903a", "530D903A")


def with_a_space(vkey):
    return vkey.replace("/foo", " foo")


def without_a_name(vkey):
    return vkey.removeprefix("example.com/foo")


def without_a_key(vkey):
    return vkey.rsplit("+", 1)[0]


def of_another_type(vkey):
    name, key_id, _ = vkey.split("+", 2)
    return f"{name}+{key_id}+{base64.b64encode(bytes([4]) + b'x' * 32).decode()}"


def of_another_length(vkey):
    name, key_id, _ = vkey.split("+", 2)
    return f"{name}+{key_id}+{base64.b64encode(bytes([1]) + b'x' * 31).decode()}"


def with_a_line_feed(vkey):
    return vkey + "\n"


def beyond_ascii(vkey):
    return vkey + "é"


@pytest.mark.parametrize(
    "spoilt",
    [
        with_another_id,
        with_another_name,
        with_upper_case_id,
        with_a_space,
        without_a_name,
        without_a_key,
        of_another_type,
        of_another_length,
        with_a_line_feed,
        beyond_ascii,
    ],
)
def test_a_malformed_key_is_refused(spoilt):
    """A verifier key that is not wholly right is not used."""
    with pytest.raises(KeyTextError):
        Ed25519Verifier.from_vkey(spoilt(VKEY))
    with pytest.raises(KeyTextError):
        Ed25519Signer.from_skey("PRIVATE+KEY+" + spoilt(VKEY))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x01b", "\ud800"])
def test_a_name_that_notes_cannot_carry_is_refused(name):
    """A key's name is not empty and has no Unicode space, no plus and no control character."""
    with pytest.raises(KeyTextError):
        Ed25519Signer.from_seed(name, b"x" * 32)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(length):
    """Too few or too many random bytes make no key."""
    with pytest.raises(KeyTextError):
        Ed25519Signer.from_seed("example.org/log", b"x" * length)


@given(mutations_of([VKEY.encode(), LOG.verifier.to_vkey().encode()]))
def test_a_spoiled_key_is_canonical_or_refused(vkey):
    """No two texts are one key."""
    text = vkey.decode("latin-1")
    try:
        verifier = Ed25519Verifier.from_vkey(text)
    except TlogError:
        return
    assert verifier.to_vkey() == text


@pytest.mark.parametrize("text", ["\n", "\n\n", "a\n", "a\n\nb\n", "\na\n", "— b AAAA\n", "é\u2028\x7f\n"])
def test_a_note_is_opened_as_it_was_signed(text):
    """Texts with empty lines, or that look like signatures, come back unchanged."""
    note = sign(text, [LOG, WITNESS])

    opened, signatures = open_note(note, [WITNESS.verifier, LOG.verifier])

    assert opened == text
    assert [signature.name for signature in signatures] == [LOG.name, WITNESS.name]
    assert note.decode().startswith(text + "\n— example.org/log ")


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\tb\n", "\x00\n", "\x1f\n", "\ud800\n", "x" * MAX_NOTE + "\n"])
def test_a_text_that_is_no_note_is_not_signed(text):
    """Without a final line feed, with a control character, or too long: no note is made."""
    with pytest.raises(NoteError):
        sign(text, [LOG])


def test_a_note_without_a_signature_is_not_made():
    """A note has at least one signature, and at most a hundred."""
    with pytest.raises(NoteError):
        sign(TEXT, [])
    with pytest.raises(NoteError):
        sign(TEXT, [LOG] * (MAX_SIGNATURES + 1))


@pytest.mark.parametrize("signature", [b"", b"x"])
def test_a_signature_line_that_could_not_be_read_is_not_written(signature):
    """A line needs a name, a key id of four bytes and at least one byte of signature."""
    unnamed = Note(TEXT, (Signature("", b"1234", b"x"),))
    short = Note(TEXT, (Signature("name", b"123", signature),))

    for note in (unnamed, short):
        with pytest.raises(NoteError):
            note.to_bytes()


def test_signatures_by_unknown_keys_are_ignored():
    """A stranger's signature neither helps nor harms, even where it is nonsense."""
    nonsense = Signature(STRANGER.name, STRANGER.key_id, b"x")
    note = Note(TEXT, (nonsense, *Note.from_bytes(sign(TEXT, [STRANGER, LOG])).signatures))

    text, signatures = open_note(note.to_bytes(), [LOG.verifier])

    assert text == TEXT
    assert [signature.name for signature in signatures] == [LOG.name]


def test_a_known_name_with_an_unknown_id_is_ignored():
    """A key is known by name and id together, so that a key can be replaced under its name."""
    newer = Ed25519Signer.from_seed(LOG.name, b"\x09" * 32)

    _, signatures = open_note(sign(TEXT, [LOG, newer]), [newer.verifier])

    assert [signature.key_id for signature in signatures] == [newer.key_id]


def test_a_note_by_strangers_alone_is_refused():
    """Without one signature by a known key nothing is opened."""
    with pytest.raises(UnverifiedNoteError):
        open_note(sign(TEXT, [STRANGER]), [LOG.verifier, WITNESS.verifier])
    with pytest.raises(UnverifiedNoteError):
        open_note(sign(TEXT, [STRANGER]), [])


def test_one_false_signature_by_a_known_key_rejects_the_note():
    """A good signature beside it, even by the same key, does not help."""
    good, witnessed = Note.from_bytes(sign(TEXT, [LOG, WITNESS])).signatures
    false = Signature(good.name, good.key_id, flip_bit(good.signature, 77))

    for signatures in [(false,), (false, witnessed), (witnessed, false), (good, false)]:
        with pytest.raises(InvalidSignatureError):
            open_note(Note(TEXT, signatures).to_bytes(), [LOG.verifier, WITNESS.verifier])


def test_a_signature_covers_every_bit_of_the_text():
    """Turning any bit of a note's text leaves nothing that opens."""
    note = sign("example.org/log\n1\n", [LOG])
    for bit in range(len(b"example.org/log\n1\n") * 8):
        with pytest.raises(NoteError):
            open_note(flip_bit(note, bit), [LOG.verifier])


@pytest.mark.parametrize("count", [1, 16, 100])
def test_many_signatures_are_accepted(count):
    """The specification asks for sixteen; a hundred are looked at."""
    strangers = [Ed25519Signer.from_seed(f"w{n}", bytes([n]) * 32) for n in range(count - 1)]

    _, signatures = open_note(sign(TEXT, [*strangers, LOG]), [LOG.verifier])

    assert len(signatures) == 1


def test_too_many_signatures_are_refused():
    """The hundred and first signature line makes a note malformed."""
    with pytest.raises(NoteError, match="100"):
        Note.from_bytes(f"{TEXT}\n{SIGNATURE_LINE * 101}".encode())


def test_two_keys_of_one_name_and_id_are_refused():
    """Where it cannot be known which key was meant, none is tried."""

    class Twin:
        name = LOG.name
        key_id = LOG.key_id

        def verify(self, _text, _signature):
            return True

    with pytest.raises(KeyTextError):
        open_note(sign(TEXT, [LOG]), [LOG.verifier, Twin()])
    open_note(sign(TEXT, [LOG]), [LOG.verifier, LOG.verifier])


def respelled(old, new):
    spoiled = NOTE.replace(old, new)
    assert spoiled != NOTE
    return spoiled


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        SIGNATURE_LINE.encode(),
        NOTE.removesuffix(b"\n"),
        NOTE + b"\n",
        NOTE + b"\n\n",
        NOTE + b"more\n",
        respelled(b".\n\n", b".\n"),
        respelled("— ".encode(), b"- "),
        respelled("— ".encode(), "—".encode()),
        respelled(b"/foo ", b"/foo  "),
        respelled(b"/foo ", b"+foo "),
        respelled(b"example.com/foo ", b" "),
        respelled(b"/foo ", "\u00a0foo ".encode()),
        respelled(b"QM=\n", b"QM\n"),
        respelled(b"QM=\n", b"QN=\n"),
        respelled(b"QM=\n", b"QM= \n"),
        respelled(b"QM=\n", b"QM=\r\n"),
        respelled(b"Uw2QOkn8", b"Uw2Q Okn8"),
        respelled(b"This", b"\xff"),
        respelled(b"This", b"\xed\xa0\x80"),
        respelled(b"This", b"\x00"),
        respelled(b"This", b"T\ris"),
        f"{TEXT}\n— example.com/foo Uw2QOg==\n".encode(),
        b"x" * (MAX_NOTE + 1),
        b"x" * MAX_NOTE + NOTE,
    ],
)
def test_a_malformed_note_is_refused(note):
    """What is not exactly text, empty line and signature lines is refused as a whole."""
    with pytest.raises(NoteError):
        open_note(note, [Ed25519Verifier.from_vkey(VKEY)])


@given(mutations_of([NOTE, sign("a\n\nb\n", [LOG, WITNESS])]))
def test_a_spoiled_note_is_canonical_or_refused(note):
    """No two byte strings are one note."""
    try:
        parsed = Note.from_bytes(note)
    except TlogError:
        return
    assert parsed.to_bytes() == note


@given(st.binary(max_size=200))
def test_bytes_that_are_no_note_are_refused_plainly(data):
    """Whatever is sent, the answer is a refusal and never a crash."""
    with pytest.raises(NoteError):
        open_note(data, [LOG.verifier])


def test_a_checkpoint_is_three_lines():
    """Origin, size and root stand in lines of their own."""
    root = base64.b64encode(b"\xfb" * 32).decode()

    assert CHECKPOINT.to_text() == f"example.org/log\n109482\n{root}\n"
    assert Checkpoint.from_text(CHECKPOINT.to_text()) == CHECKPOINT


ROOT = base64.b64encode(b"\xfb" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        f"o\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n1_0\n{ROOT}\n",
        f"o\n 1\n{ROOT}\n",
        f"o\n\u0661\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n9223372036854775808\n{ROOT}\n",
        f"o\n{'9' * 5_000}\n{ROOT}\n",
        f"o\n1\n{ROOT[:-1]}\n",
        f"o\n1\n{ROOT} \n",
        f"o\n1\n{ROOT.replace('s=', 't=')}\n",
        f"o\n1\n{ROOT.replace('+', '-').replace('/', '_')}\n",
        f"o\n1\n{base64.b64encode(b'x' * 31).decode()}\n",
        f"o\n1\n{base64.b64encode(b'x' * 33).decode()}\n",
        f"o\n1\n{ROOT}\nextension\n",
        f"o\n1\n{ROOT}\n\n",
        f"o\t\n1\n{ROOT}\n",
        f"o\r\n1\r\n{ROOT}\r\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    """Leading zeros, other base64, missing lines and extension lines are all refused."""
    with pytest.raises(CheckpointError):
        Checkpoint.from_text(text)


@pytest.mark.parametrize(
    "impossible",
    [
        Checkpoint("", 1, b"x" * 32),
        Checkpoint("a\nb", 1, b"x" * 32),
        Checkpoint("o", -1, b"x" * 32),
        Checkpoint("o", 2**63, b"x" * 32),
        Checkpoint("o", 1, b"x" * 31),
    ],
)
def test_a_checkpoint_that_could_not_be_read_is_not_written(impossible):
    """No text is made that other parsers would refuse or take for something else."""
    with pytest.raises(CheckpointError):
        impossible.to_text()


@given(mutations_of([CHECKPOINT.to_text().encode(), Checkpoint("a", 0, b"\x00" * 32).to_text().encode()]))
def test_a_spoiled_checkpoint_is_canonical_or_refused(data):
    """No two texts are one checkpoint."""
    text = data.decode("latin-1")
    try:
        checkpoint = Checkpoint.from_text(text)
    except TlogError:
        return
    assert checkpoint.to_text() == text


def test_a_checkpoint_opens_under_its_logs_key():
    """The checkpoint comes back, with the log's and the known cosigners' signatures."""
    note = sign(CHECKPOINT.to_text(), [LOG, STRANGER, WITNESS])

    checkpoint, signatures = open_checkpoint(note, LOG.verifier, [WITNESS.verifier])

    assert checkpoint == CHECKPOINT
    assert [signature.name for signature in signatures] == [LOG.name, WITNESS.name]


def test_a_cosigner_cannot_stand_in_for_the_log():
    """A checkpoint signed by a known witness alone is not the log's."""
    with pytest.raises(UnverifiedNoteError):
        open_checkpoint(sign(CHECKPOINT.to_text(), [WITNESS]), LOG.verifier, [WITNESS.verifier])


def test_a_log_cannot_speak_for_another():
    """A checkpoint whose origin is not the name of the key is refused, though the key signed it."""
    with pytest.raises(CheckpointError):
        open_checkpoint(sign(CHECKPOINT.to_text(), [WITNESS]), WITNESS.verifier)


def test_a_signed_text_that_is_no_checkpoint_is_refused():
    """That the log signed something does not make it a checkpoint."""
    with pytest.raises(CheckpointError):
        open_checkpoint(sign(TEXT, [LOG]), LOG.verifier)
