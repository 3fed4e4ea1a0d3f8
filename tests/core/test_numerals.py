import pytest

from sigma_core.numerals import numeral


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (0.0123, ".1%", "1.2 %"),
        (12.035, "+,.1%", "+1,203.5 %"),
        (-0.0123, "+.1%", "−1.2 %"),
        (-0.0004, "+.1%", "0.0 %"),
        (0.0004, "+.1%", "0.0 %"),
        (-0.0, ",.2f", "0.00"),
        (-0.00004, "+.3f", "0.000"),
        (-147.284, ",.2f", "−147.28"),
        (-0.002, "g", "−0.002"),
        (float("-inf"), ".2f", "−inf"),
        (float("inf"), "+.2f", "+inf"),
        (float("nan"), ".2f", "nan"),
    ],
)
def test_it_reads_as_print_sets_it(value, form, said):
    assert numeral(value, form) == said
