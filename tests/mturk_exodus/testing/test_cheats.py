"""Whoever cheats is caught, by the promise that they break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.errors import ExodusError
from mturk_exodus.testing import AdapterConformance, Target
from mturk_exodus.testing.memory import MemoryAdapter, MemoryTarget
from mturk_exodus.testing.target import Shelf, Stage
from tests.mturk_exodus.testing import cheats

CAUGHT: dict[type[MemoryAdapter], str] = {
    cheats.ForgetsAField: "every_field_is_declared_and_no_other",
    cheats.DeclaresWhatIsNot: "every_field_is_declared_and_no_other",
    cheats.SaysNotWhy: "what_is_not_exact_has_a_note",
    cheats.NamedWithBlanks: "its_name_is_that_of_an_entry_point",
    cheats.HasNoFind: "it_has_all_that_the_contract_asks_for",
    cheats.TakesNoReceipts: "it_has_all_that_the_contract_asks_for",
    cheats.HasASecretOnTheCommandLine: "its_settings_can_be_given",
    cheats.AsksWhenMade: "making_it_sends_nothing",
    cheats.DropsBlocks: "exact_means_exact",
    cheats.ClaimsExactAndSendsNothing: "exact_means_exact",
    cheats.StripsNonASCII: "exact_means_exact",
    cheats.StripsWhiteSpace: "exact_means_exact",
    cheats.NormalizesLetters: "exact_means_exact",
    cheats.GivesEachHITAnothersTitle: "exact_means_exact",
    cheats.MakesMoneyOfFloats: "exact_means_exact",
    cheats.RoundsTimes: "exact_means_exact",
    cheats.DropsHITsWithoutQuestion: "exact_means_exact",
    cheats.TruncatesAndCallsItConverted: "what_arrives_follows_the_record",
    cheats.ConvertsToAConstant: "what_arrives_follows_the_record",
    cheats.LosesAllAndCallsItExact: "what_is_said_to_arrive_arrives_somewhere",
    cheats.LosesWithoutReason: "everything_has_its_source",
    cheats.RepeatsWhatIsLost: "everything_has_its_source",
    cheats.HasRandomKeys: "a_plan_is_the_same_wherever_and_whenever",
    cheats.OrdersByHash: "a_plan_is_the_same_wherever_and_whenever",
    cheats.PutsTheTimeIntoPayloads: "a_plan_is_the_same_wherever_and_whenever",
    cheats.PutsTheDayIntoPayloads: "a_plan_is_the_same_wherever_and_whenever",
    cheats.LooksIntoTheEnvironment: "a_plan_is_the_same_wherever_and_whenever",
    cheats.NumbersItsKeys: "a_record_keeps_its_key",
    cheats.OneKeyForTwins: "keys_are_unique",
    cheats.ChildrenFirst: "what_is_required_comes_earlier",
    cheats.PutsDecimalsIntoPayloads: "payloads_survive_json",
    cheats.PutsTuplesIntoPayloads: "payloads_survive_json",
    cheats.AsksToPlan: "a_plan_asks_nobody",
    cheats.NeedsTheKeyToPlan: "a_plan_needs_no_setting_but_those_it_names",
    cheats.ReadsEverythingFirst: "a_plan_streams",
    cheats.ReadsATypeAtATime: "a_plan_streams",
    cheats.RemembersEveryHIT: "a_plan_streams",
    cheats.DropsEveryHundredthHIT: "a_plan_of_many_hits_has_them_all",
    cheats.HasALaneForEachHIT: "a_plan_of_many_hits_has_them_all",
    cheats.MakesSomethingOfNothing: "an_empty_archive_has_an_empty_plan",
    cheats.NamesWorkersInKeys: "no_worker_is_named",
    cheats.NamesWorkers: "no_worker_is_named",
    cheats.FindsNothing: "a_lost_answer_is_found_and_not_repeated",
    cheats.FindsEverything: "what_is_not_there_is_not_found",
    cheats.FindsUnderOtherNames: "what_is_there_is_found",
    cheats.SwallowsErrors: "what_is_refused_is_not_called_done",
    cheats.RetriesItself: "a_lost_answer_is_found_and_not_repeated",
    cheats.SaysItIsRepeatable: "a_lost_answer_is_found_and_not_repeated",
    cheats.SendsLess: "what_was_made_is_held_as_it_was_sent",
    cheats.EchoesWhatItIsAsked: "held_is_read_from_the_target",
    cheats.EchoesWhatItFinds: "held_is_read_from_the_target",
    cheats.RevisesByMaking: "only_what_changed_is_sent",
    cheats.RevisesNothing: "only_what_changed_is_sent",
    cheats.RemovesEverything: "an_undo_removes_nothing_else",
    cheats.RemovesNothing: "an_undo_removes_what_was_made",
    cheats.RemovesOnce: "removing_twice_is_removing_once",
    cheats.KeepsWithoutReason: "an_undo_removes_what_was_made",
    cheats.ShowsItsSecret: "no_secret_is_shown",
    cheats.TellsItsSecretInErrors: "no_secret_is_in_an_error",
    cheats.IsKnownByItsSecret: "no_secret_is_in_an_error",
    cheats.TakesAnyKey: "a_wrong_secret_is_refused",
}
"""Each cheat, and the test of the kit that is there for its sin."""


class Kit(AdapterConformance):
    """Smaller, for the cheats are many."""

    many = 3_000
    tries = 6


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("archives"))


@pytest.fixture
def stage(cheat: type[MemoryAdapter], shelf: Shelf, tmp_path: Path) -> Iterator[Stage]:
    server = MemoryTarget()
    target = Target(cheat, {"token": server.token}, server.transport(), server.things)
    stage = Stage(target, tmp_path, shelf)
    yield stage
    stage.close()


@pytest.mark.parametrize("cheat", CAUGHT, ids=lambda one: one.__name__)
def test_a_cheat_is_caught(
    cheat: type[MemoryAdapter], stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """By the promise that it breaks, whatever others it breaks besides."""
    promise = getattr(Kit(), f"test_{CAUGHT[cheat]}")
    wanted = {"stage": stage, "target": stage.target, "caplog": caplog}
    given = {name: wanted[name] for name in promise.__annotations__ if name in wanted}
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        promise(**given)
    assert not isinstance(caught.value, ExodusError)
    assert str(caught.value).strip()


def test_every_cheat_is_tried() -> None:
    every = {
        one
        for one in vars(cheats).values()
        if isinstance(one, type) and one.__module__ == cheats.__name__
    }
    assert every == set(CAUGHT)
