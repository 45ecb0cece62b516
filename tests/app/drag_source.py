"""A window of another program that offers the files named on the command line to a drag."""
import sys
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

window = Gtk.Window(title="drag-source")
window.set_default_size(200, 100)
window.move(1200, 700)
window.set_keep_above(True)
button = Gtk.Button(label="drag me")
button.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
button.drag_source_add_uri_targets()
uris = [Path(path).resolve().as_uri() for path in sys.argv[1:]]
button.connect("drag-data-get", lambda _widget, _context, data, _info, _time: data.set_uris(uris))
window.add(button)
window.show_all()
Gtk.main()
