from . import test_capture, test_link, test_wire
