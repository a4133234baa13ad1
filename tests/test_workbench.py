"""The workbench: labelled controls that repaint cover and the gap, and a way back to the baseline."""

import pytest

from apstra.workbench import workbench


@pytest.fixture
def bench(assessed):
    return workbench(assessed)


def test_it_opens_on_the_baseline(bench):
    assert "Nothing is changed" in bench.view.value
    assert "0 headline figures differ" in bench.view.value


def test_every_control_has_a_visible_label(bench):
    assert all(control.description for control in bench.controls.values())


def test_adding_crews_repaints_and_the_button_goes_back(bench):
    name = next(name for name in bench.controls if name.startswith("crews_"))
    opened = bench.view.value
    bench.controls[name].value = 2
    assert "Changed:" in bench.view.value
    assert bench.view.value != opened
    bench.controls["reset"].click()
    assert bench.view.value == opened


def test_more_demand_raises_the_forecast(bench):
    bench.controls["demand"].value = 2.0
    assert "Firearms operations forecast" in bench.view.value


def test_a_looser_standard_moves_cover(bench):
    bench.controls["standard"].value = 120
    assert "Calls answered within the standard" in bench.view.value


def test_a_value_out_of_range_is_held_at_the_range(bench):
    bench.controls["demand"].value = 99
    assert bench.controls["demand"].value == bench.controls["demand"].max
