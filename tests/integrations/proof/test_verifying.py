from datetime import timedelta

import pytest
from django.test import RequestFactory

from integrations import journal
from integrations.models import Batch, JournalEntry, Kind
from integrations.proof import entries, merkle, sealing, verifying
from integrations.proof.members import leaves
from integrations.proof.notes import BadNote, Signer
from integrations.proof.verifying import Finding, Wrong
from integrations.yandex.exit import ApiRequest, receive
from tests.integrations.proof.conftest import BATCHES, ENTRIES_A_BATCH, NOON, seal, tamper, write

pytestmark = pytest.mark.django_db
ENTRIES = "integrations_journalentry"


def finding() -> Finding:
    """Within the test's transaction."""
    found = verifying.look().finding
    assert found is not None
    return found


def entry(batch: int, place: int) -> JournalEntry:
    return JournalEntry.objects.get(received_at=NOON + timedelta(hours=batch, minutes=place))


def test_it_works(sealed_copy: str) -> None:
    report = verifying.verify()
    assert (report.finding, report.batches, report.entries) == (None, BATCHES, BATCHES * ENTRIES_A_BATCH)
    assert (report.pending, report.forgotten, report.purged) == (0, 0, 0)


def test_what_is_not_sealed_yet_is_counted(sealed_copy: str) -> None:
    write(2)
    assert verifying.verify().pending == 2


@pytest.mark.parametrize(
    "change",
    [
        "status = 500",
        "answer = '{}'",
        "amount = null",
        "amount = amount + 0.01",
        "reasons = '{1}'",
        "decided_at = decided_at + interval '1 microsecond'",
        "client = ''",
        "xact = xact + 1",
        "phone_hash = '\\x00'",
        "phone_mask = null",
        "remote_addr = '192.0.2.2'",
        "request_sealed = null",
        "salt = null",
        "salt = '\\x00'",
        "commitment = sha256('')",
    ],
)
def test_a_changed_column_is_found(change: str, sealed: None) -> None:
    first, later = entry(1, 1), entry(2, 0)
    tamper(f"update {ENTRIES} set {change} where id in (%(first)s, %(later)s)", first=first.id, later=later.id)
    assert finding() == Finding(Wrong.CHANGED, first.id, 1)


def test_a_deleted_entry_is_found(sealed: None) -> None:
    gone = entry(1, 2)
    tamper(f"delete from {ENTRIES} where id = %(id)s", id=gone.id)
    assert finding() == Finding(Wrong.REMOVED, gone.id, 1)


def test_an_entry_at_another_moment_is_found(sealed: None) -> None:
    moved = entry(0, 1)
    tamper(f"update {ENTRIES} set received_at = received_at - interval '1 year' where id = %(id)s", id=moved.id)
    assert finding() == Finding(Wrong.MOVED, moved.id, 0)


def test_two_entries_that_changed_places_are_found(sealed: None) -> None:
    one, other = entry(1, 0), entry(1, 2)
    swap = f"update {ENTRIES} set id = %(to)s where id = %(id)s"
    aside = "00000000-0000-0000-0000-000000000000"
    tamper(swap.replace("%(to)s", f"'{aside}'").replace("%(id)s", f"'{one.id}'"))
    tamper(swap.replace("%(to)s", f"'{one.id}'").replace("%(id)s", f"'{other.id}'"))
    tamper(swap.replace("%(to)s", f"'{other.id}'").replace("%(id)s", f"'{aside}'"))
    assert finding() == Finding(Wrong.MOVED, one.id, 1)


@pytest.mark.parametrize("xact", ["1", "(select min(xact) from integrations_journalentry)", "1000000000"])
def test_an_entry_among_sealed_ones_is_found(xact: str, sealed: None) -> None:
    """Also one that no transaction can have written yet, and that would never be sealed."""
    (added,) = write(received_at=NOON - timedelta(days=9))
    tamper(
        f"update {ENTRIES} set xact = {xact}, id = '00000000-0000-7000-8000-000000000000' where id = %(id)s",
        id=added.id,
    )
    found = finding()
    assert (found.wrong, str(found.entry)) == (Wrong.ADDED, "00000000-0000-7000-8000-000000000000")


def test_a_second_entry_of_the_same_id_is_found(sealed: None) -> None:
    copied = entry(1, 1)
    names = ", ".join(column for column in (*journal.COLUMNS, "xact") if column != "received_at")
    tamper(
        f"insert into {ENTRIES} ({names}, received_at) select {names}, received_at + interval '1 second'"
        f" from {ENTRIES} where id = %(id)s",
        id=copied.id,
    )
    assert finding() == Finding(Wrong.ADDED, copied.id, 1)


@pytest.mark.parametrize("number", range(BATCHES - 1))
def test_a_deleted_batch_is_found(number: int, sealed: None) -> None:
    tamper("delete from integrations_batch where number = %(number)s", number=number)
    assert finding() == Finding(Wrong.BATCH_MISSING, batch=number)


@pytest.mark.parametrize(
    "change",
    [
        "members = ''",
        "members = substr(members, 2)",
        "members = substr(members, 57), entries = entries - 1",
        "members = substr(members, 57) || substr(members, 1, 56)",
        "entries = entries + 1",
        "root = sha256('')",
    ],
)
def test_a_changed_batch_is_found(change: str, sealed: None) -> None:
    tamper(f"update integrations_batch set {change} where number = 1")
    found = finding()
    assert (found.wrong, found.batch) == (Wrong.BATCH_CHANGED, 1)


@pytest.mark.parametrize(
    "change",
    [
        "checkpoint = ''",
        "checkpoint = replace(checkpoint, '2', '3')",
        "checkpoint = (select checkpoint from integrations_batch where number = 0)",
        "subtree = sha256('')",
    ],
)
def test_a_rewritten_checkpoint_is_found(change: str, sealed: None) -> None:
    tamper(f"update integrations_batch set {change} where number = 1")
    assert finding() == Finding(Wrong.CHECKPOINT, entry(1, 0).id, 1)


def test_who_rewrites_everything_lacks_the_key(sealed: None) -> None:
    """A row, its record, the batch's root and the tree, and a checkpoint signed with another key of the same name."""
    changed = entry(2, 0)
    tamper(f"update {ENTRIES} set status = 500 where id = %(id)s", id=changed.id)
    batch = Batch.objects.get(number=2)
    (member,) = entries.members([(changed.id, changed.received_at)])
    packed = member.pack() + bytes(batch.members)[56:]
    root = merkle.root(list(leaves(packed)))
    tree = sealing.log()
    forged = Signer.of("vitrina.example/journal", bytes(32))
    subtree = merkle.leaf(root)
    tamper(
        "update integrations_batch set members = %(members)s, root = %(root)s, subtree = %(subtree)s,"
        " checkpoint = %(checkpoint)s where number = 2",
        members=packed,
        root=root,
        subtree=subtree,
        checkpoint=forged.sign(3, merkle.node(tree.root(2), subtree)),
    )
    assert finding() == Finding(Wrong.CHECKPOINT, changed.id, 2)


def test_a_log_cut_and_sealed_anew_is_found_by_a_checkpoint_kept_elsewhere(sealed_copy: str) -> None:
    kept = Batch.objects.get(number=2).checkpoint
    assert verifying.verify([kept]).finding is None

    tamper(
        "delete from integrations_batch where number = 2",
        f"delete from {ENTRIES} where id = '{entry(2, 1).id}'",
    )
    assert verifying.verify([kept]).finding == Finding(Wrong.CUT, batch=3)
    assert seal() == ENTRIES_A_BATCH - 1
    assert verifying.verify().finding is None
    assert verifying.verify([kept]).finding == Finding(Wrong.FORKED, batch=2)


def test_a_kept_checkpoint_must_be_signed(sealed: None) -> None:
    with pytest.raises(BadNote):
        verifying.look(["vitrina.example/journal\n1\nAAAA\n\n"])


def test_personal_parts_gone_without_a_word_are_found(sealed_copy: str) -> None:
    tamper(
        f"update {ENTRIES} set phone_hash = null, phone_mask = null, remote_addr = null, request_sealed = null,"
        " salt = null where id = %(id)s",
        id=entry(1, 1).id,
    )
    assert finding() == Finding(Wrong.ERASED)
    journal.record(Kind.FORGOTTEN, entries=1)
    report = verifying.verify()
    assert (report.finding, report.forgotten) == (None, 1)


def test_it_needs_a_key(settings: object, sealed: None) -> None:
    settings.SIGNING_KEY = None  # type: ignore[attr-defined]
    with pytest.raises(verifying.NoTrustedKey):
        verifying.look()


def test_a_former_key_goes_on_being_trusted(settings: object, sealed_copy: str) -> None:
    former = str(sealing.signer().public)
    settings.SIGNING_KEY = settings.SIGNING_KEY.__class__("vitrina.example/journal", bytes(32))  # type: ignore[attr-defined]
    assert finding().wrong is Wrong.CHECKPOINT
    settings.TRUSTED_KEYS = [former]  # type: ignore[attr-defined]
    write()
    seal()
    assert verifying.verify().finding is None


def test_the_callers_address_is_committed_to_as_it_is_read_again(sealed_copy: str) -> None:
    for text in ("2001:DB8::1", "::ffff:192.0.2.1", "fe80::1%eth0", "::1.2.3.4", "192.0.2.1", "no", ""):
        request = RequestFactory().get("/integrations/x", REMOTE_ADDR=text)
        write(remote_addr=receive(ApiRequest(request.META)).remote_addr)
    seal()
    assert verifying.verify().finding is None
