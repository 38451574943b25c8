"""The matrix of architectures and tasks, as text."""

import textwrap

from zoo.architectures import ARCHITECTURES, TASKS, why_not


def draw():
    """Draws the matrix of architectures and tasks.

    Returns:
        Lines of at most 100 characters: a row an architecture, a column a task; in it
        `yes`, or the number of the note below that says why not.
    """
    notes = {}  # reason -> number, in the order in which they are met
    first = max(map(len, ARCHITECTURES)) + 2
    widths = {task: len(task) + 2 for task in TASKS}
    lines = [" " * first + "".join(task.rjust(widths[task]) for task in TASKS)]
    for name in ARCHITECTURES:
        line = name.ljust(first)
        for task in TASKS:
            reason = why_not(name, task)
            cell = notes.setdefault(reason, len(notes) + 1) if reason else "yes"
            line += str(cell).rjust(widths[task])
        lines.append(line)
    lines.append("")
    for reason, number in notes.items():
        lines += textwrap.wrap(f"{number:>2}  {reason}", 100, subsequent_indent=" " * 4)
    return "\n".join(lines)
