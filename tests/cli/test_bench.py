"""``chatwright bench``."""

from typer.testing import CliRunner

from chatwright.cli.main import app


def test_an_unknown_benchmark_is_wrong_use_and_named() -> None:
    result = CliRunner().invoke(app, ["bench", "nlo"])
    assert result.exit_code == 2
    assert "nlu" in result.output
