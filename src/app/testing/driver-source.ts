/** Where the tests and what runs them appear inside the image. */
export const testRoot = '/.kilopy/test';

/** The Python program that runs the tests, relative to `testRoot`. */
export const driverPath = 'run.py';

/** Folder of modules that tests may import, relative to `testRoot`. */
export const supportFolder = 'support';

/** Folder of the test files, relative to `testRoot`, laid out as in the folder of the application. */
export const testFilesFolder = 'files';

/**
 * Runs the tests of one job and tells of each on stdout, as `protocol.ts` describes. The job comes on stdin; the nonce in
 * it is a local variable here, which the code under test has no name for.
 *
 * Each file starts with fresh modules, the search path of the application and its working folder. An interrupt is the
 * time-out: the test in which it arrives has failed, and the program ends, because what else it broke is not known.
 */
export const driverSource: string = `import gc, io, os, sys, time

GENERATOR = type((lambda: (yield))())


def decode(text):
    return text.replace("%09", "\\t").replace("%0A", "\\n").replace("%0D", "\\r").replace("%25", "%")


def encode(text):
    return text.replace("%", "%25").replace("\\t", "%09").replace("\\n", "%0A").replace("\\r", "%0D")


def trace(errors):
    try:
        text = io.StringIO()
        for error in errors:
            if isinstance(error, str):
                text.write(error)
            else:
                sys.print_exception(error, text)
        return text.getvalue()
    except MemoryError:
        gc.collect()
        return type(errors[0]).__name__ + "\\n"


def call(function):
    result = function()
    if isinstance(result, GENERATOR):
        import asyncio

        asyncio.new_event_loop()
        asyncio.run(result)


def attempt(errors, function):
    try:
        call(function)
        return True
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        errors.append(error)
        return False


def run_method(errors, cls, name):
    reason = getattr(cls, "_kilopy_skip", None)
    if reason is not None:
        cls._kilopy_raise_skip(reason)
    case = cls()
    if attempt(errors, case.setUp):
        attempt(errors, getattr(case, name))
        errors.extend(case._kilopy_errors)
        attempt(errors, case.tearDown)
    while case._kilopy_cleanups:
        attempt(errors, case._kilopy_cleanups.pop())


def tests_of(path, names, order):
    def place(name):
        return (order.index(name) if name in order else len(order), name)

    tests = []
    for name in sorted(names, key=place):
        value = names[name]
        if isinstance(value, type):
            if getattr(value, "_kilopy_test_case", None) and not value.__dict__.get("_kilopy_base"):
                methods = {method for method in dir(value) if method.startswith("test") and callable(getattr(value, method))}
                tests.extend((path + "::" + name + "::" + method, value, method) for method in sorted(methods, key=place))
        elif name.startswith("test_") and callable(value):
            tests.append((path + "::" + name, None, value))
    return tests


def is_kept(name, patterns):
    for pattern in patterns:
        at = 0
        for part in pattern.split("*"):
            at = name.find(part, at)
            if at == -1:
                break
            at += len(part)
        else:
            return True
    return not patterns


def main():
    out, err, ticks, ticks_diff = sys.stdout, sys.stderr, time.ticks_us, time.ticks_diff
    # A machine that boots has no standard input: the job is a file.
    source = open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin
    nonce = source.readline().rstrip("\\n")
    job = {"path": [], "keep": [], "done": [], "file": []}
    while True:
        kind, *fields = [decode(field) for field in source.readline().rstrip("\\n").split("\\t")]
        if kind == "end":
            break
        job[kind].append(fields)
    keep = [fields[0] for fields in job["keep"]]
    done = {fields[0] for fields in job["done"]}
    folder = os.getcwd()
    base_path = [fields[0] for fields in job["path"]] + sys.path[1:]
    base_modules = set(sys.modules)

    def tell(*fields):
        out.write(nonce + "\\t".join(encode(field) for field in fields) + "\\n")

    # Stderr has a stream of its own, so it needs marks of its own.
    def mark(*fields):
        err.write(nonce + "\\t".join(encode(field) for field in fields) + "\\n")

    def verdict(errors):
        if not errors:
            return "pass", ""
        if len(errors) == 1 and type(errors[0]).__name__ == "SkipTest":
            return "skip", str(errors[0])
        return "fail", trace(errors)

    def run(name, function):
        os.chdir(folder)
        gc.collect()
        mark("start", name)
        tell("start", name)
        errors = []
        started = ticks()
        interrupted = False
        try:
            attempt(errors, lambda: function(errors))
        except KeyboardInterrupt as error:
            interrupted = True
            errors.append(error)
        spent = str(ticks_diff(ticks(), started))
        kind, text = verdict(errors)
        mark("end", name)
        tell(kind, name, spent, text)
        if interrupted:
            sys.exit(1)

    # What takes down is heard of only when it fails.
    def take_down(name, function):
        errors = []
        if not attempt(errors, function):
            run(name, lambda later: later.extend(errors))

    def run_file(path, place, where, *order):
        sys.path[:] = ["${testRoot}/${supportFolder}", where] + base_path
        sys.argv[:] = [place]
        os.chdir(folder)
        mark("load", path)
        tell("load", path)
        name = path.split("/")[-1].rsplit(".", 1)[0]
        names = {"__name__": name, "__file__": place}
        errors = []
        try:
            execfile(place, names)
            if "setUpModule" in names:
                call(names["setUpModule"])
        except BaseException as error:
            errors.append(error)
        mark("loaded", path)
        if errors:
            kind, text = verdict(errors)
            tell("unloaded", path, kind, text)
            if isinstance(errors[0], KeyboardInterrupt):
                sys.exit(1)
            return
        tell("loaded", path)
        current, broken = None, []
        for name, cls, what in tests_of(path, names, order):
            if not is_kept(name, keep):
                tell("hidden", name)
                continue
            if name in done:
                continue
            if cls is not current:
                if current is not None and not broken:
                    take_down(current_name + "::tearDownClass", current.tearDownClass)
                current, current_name, broken = cls, name.rsplit("::", 1)[0], []
                if cls is not None:
                    attempt(broken, cls.setUpClass)
            if broken:
                run(name, lambda errors: errors.extend(broken))
            elif cls is None:
                run(name, lambda errors: call(what))
            else:
                run(name, lambda errors: run_method(errors, cls, what))
        if current is not None and not broken:
            take_down(current_name + "::tearDownClass", current.tearDownClass)
        if "tearDownModule" in names:
            take_down(path + "::tearDownModule", names["tearDownModule"])

    tell("ready")
    for path, place, where, *order in job["file"]:
        run_file(path, place, where, *order)
        tell("finished", path)
        for name in list(sys.modules):
            if name not in base_modules:
                del sys.modules[name]
    mark("done")
    tell("done")


main()
`;
