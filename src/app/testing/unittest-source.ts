/**
 * A small `unittest` for tests inside images: the commonest part of CPython's module of that name. It exists only while
 * tests run. The driver knows test cases by the names that begin with `_kilopy`.
 */
export const unittestSource: string = `class SkipTest(Exception):
    pass


def _raise_skip(reason):
    raise SkipTest(reason)


def skip(reason=""):
    def decorate(what):
        if isinstance(what, type):
            what._kilopy_skip = reason
            return what
        return lambda *args: _raise_skip(reason)

    return decorate


def skipIf(condition, reason=""):
    return skip(reason) if condition else lambda what: what


def skipUnless(condition, reason=""):
    return skipIf(not condition, reason)


def expectedFailure(function):
    def expecting(*args):
        try:
            function(*args)
        except Exception:
            return
        raise AssertionError("unexpected success")

    return expecting


def main(*args, **kwargs):
    pass


def _show(value):
    text = repr(value)
    return text if len(text) <= 1000 else text[:1000] + "... (" + str(len(text)) + " characters)"


def _names(expected):
    kinds = expected if isinstance(expected, tuple) else (expected,)
    return " or ".join(kind.__name__ for kind in kinds)


class _Raises:
    def __init__(self, expected, pattern=None, msg=None):
        self.expected = expected
        self.pattern = pattern
        self.msg = msg
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            raise AssertionError(self.msg or _names(self.expected) + " was not raised")
        if not issubclass(kind, self.expected):
            return False
        self.exception = error
        if self.pattern is not None:
            import re

            if not re.search(self.pattern, str(error)):
                raise AssertionError(self.msg or _show(str(error)) + " does not match " + _show(self.pattern))
        return True


class _SubTest:
    def __init__(self, case, title):
        self.case = case
        self.title = title

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None or not issubclass(kind, Exception) or kind is SkipTest:
            return False
        self.case._kilopy_errors.extend(["In the subtest " + self.title + ":\\n", error])
        return True


class TestCase:
    _kilopy_test_case = True
    _kilopy_base = True
    _kilopy_skip = None
    _kilopy_raise_skip = staticmethod(_raise_skip)

    def __init__(self, name=""):
        self._kilopy_errors = []
        self._kilopy_cleanups = []

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        pass

    def tearDown(self):
        pass

    def addCleanup(self, function, *args, **kwargs):
        self._kilopy_cleanups.append(lambda: function(*args, **kwargs))

    def skipTest(self, reason=""):
        raise SkipTest(reason)

    def subTest(self, msg="", **values):
        return _SubTest(self, " ".join([str(msg)] * bool(msg) + [name + "=" + _show(values[name]) for name in sorted(values)]))

    def fail(self, msg=None):
        raise AssertionError(msg or "failed")

    def _check(self, good, msg, *parts):
        if not good:
            raise AssertionError(msg or " ".join(part if at % 2 else _show(part) for at, part in enumerate(parts)))

    def assertTrue(self, value, msg=None):
        self._check(value, msg, value, "is not true")

    def assertFalse(self, value, msg=None):
        self._check(not value, msg, value, "is not false")

    def assertEqual(self, first, second, msg=None):
        self._check(first == second, msg, first, "!=", second)

    def assertNotEqual(self, first, second, msg=None):
        self._check(not first == second, msg, first, "==", second)

    def assertIs(self, first, second, msg=None):
        self._check(first is second, msg, first, "is not", second)

    def assertIsNot(self, first, second, msg=None):
        self._check(first is not second, msg, first, "is", second)

    def assertIsNone(self, value, msg=None):
        self._check(value is None, msg, value, "is not None")

    def assertIsNotNone(self, value, msg=None):
        self._check(value is not None, msg, value, "is None")

    def assertIn(self, member, container, msg=None):
        self._check(member in container, msg, member, "is not in", container)

    def assertNotIn(self, member, container, msg=None):
        self._check(member not in container, msg, member, "is in", container)

    def assertIsInstance(self, value, kinds, msg=None):
        self._check(isinstance(value, kinds), msg, value, "is no " + _names(kinds))

    def assertNotIsInstance(self, value, kinds, msg=None):
        self._check(not isinstance(value, kinds), msg, value, "is a " + _names(kinds))

    def assertGreater(self, first, second, msg=None):
        self._check(first > second, msg, first, "is not greater than", second)

    def assertGreaterEqual(self, first, second, msg=None):
        self._check(first >= second, msg, first, "is less than", second)

    def assertLess(self, first, second, msg=None):
        self._check(first < second, msg, first, "is not less than", second)

    def assertLessEqual(self, first, second, msg=None):
        self._check(first <= second, msg, first, "is greater than", second)

    def _near(self, first, second, places, delta):
        if first == second:
            return True
        if delta is not None:
            return abs(first - second) <= delta
        return round(abs(first - second), 7 if places is None else places) == 0

    def assertAlmostEqual(self, first, second, places=None, msg=None, delta=None):
        self._check(self._near(first, second, places, delta), msg, first, "is not almost", second)

    def assertNotAlmostEqual(self, first, second, places=None, msg=None, delta=None):
        self._check(not self._near(first, second, places, delta), msg, first, "is almost", second)

    def assertCountEqual(self, first, second, msg=None):
        rest = list(second)
        for value in first:
            if value not in rest:
                self._check(False, msg, value, "is in the first and not, or less often, in", second)
            rest.remove(value)
        self._check(not rest, msg, rest, "are in the second and not, or less often, in", first)

    def assertRegex(self, text, pattern, msg=None):
        import re

        self._check(re.search(pattern, text), msg, text, "does not match", pattern)

    def assertNotRegex(self, text, pattern, msg=None):
        import re

        self._check(not re.search(pattern, text), msg, text, "matches", pattern)

    def assertRaises(self, expected, function=None, *args, **kwargs):
        msg = kwargs.pop("msg", None) if function is None else None
        checking = _Raises(expected, None, msg)
        if function is None:
            return checking
        with checking:
            function(*args, **kwargs)

    def assertRaisesRegex(self, expected, pattern, function=None, *args, **kwargs):
        checking = _Raises(expected, pattern)
        if function is None:
            return checking
        with checking:
            function(*args, **kwargs)
`;
