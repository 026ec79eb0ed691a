"""Who may know a task: training, rounding and lowering know the contract alone, and no task knows another."""

from tests.source_tree import ROOT, imports, room_of, source_files

SHARED = ("contract", "features", "spectra")


def test_what_trains_rounds_and_lowers_a_network_knows_the_contract_of_tasks_alone() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"
        for path in source_files()
        if room_of(path) in {"nn", "sparsity", "quant", "train", "compiler"}
        for name, node in imports(path)
        if name.startswith("linnet.tasks.") and name.split(".")[2] not in ("contract", "registry")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_task_imports_another() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"
        for path in source_files()
        if room_of(path) == "tasks" and path.parent.name != "tasks"
        for name, node in imports(path)
        if name.startswith("linnet.tasks.") and name.split(".")[2] not in (path.parent.name, *SHARED)
    ]
    assert not wrong, "\n".join(wrong)
