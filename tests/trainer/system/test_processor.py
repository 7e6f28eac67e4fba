"""The processor's name tells its generation, which decides how it rounds."""

from __future__ import annotations

from trainer.system.processor import name_in, processor_name

ZEN_3 = "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nstepping\t: 1\n"


def test_the_generation_is_in_the_name() -> None:
    assert name_in(ZEN_3 + "\nprocessor\t: 1\nmodel name\t: another\n") == "AMD EPYC (family 25, model 1)"


def test_what_the_kernel_does_not_say_is_left_out() -> None:
    assert name_in("processor\t: 0\nmodel name\t: ARMv8\n") == "ARMv8"
    assert name_in("") == ""


def test_this_machine_has_a_name() -> None:
    assert processor_name()
