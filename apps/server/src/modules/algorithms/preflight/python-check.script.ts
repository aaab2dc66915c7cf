/**
 * Reads Python files with Python's own parser, and runs none of them. Each line of its input is one `{path, text}`, and
 * for each it prints one line `{path, error, imports, known}`. `known` has those of the imported names that the
 * interpreter has. Relative imports are left out. Names that are imported under `try` or `if TYPE_CHECKING` are marked as
 * optional.
 */
export const pythonCheckScript = `
import ast, importlib.machinery, json, resource, sys, warnings
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
warnings.simplefilter("ignore")
most = 500

def names_type_checking(test):
    return getattr(test, "id", getattr(test, "attr", None)) == "TYPE_CHECKING"

def imports_of(tree):
    found, waiting = [], [(tree, False)]
    while waiting and len(found) < most:
        node, optional = waiting.pop()
        if isinstance(node, ast.Import):
            found += [(one.name.split(".")[0], node.lineno, optional) for one in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.append((node.module.split(".")[0], node.lineno, optional))
        elif isinstance(node, (ast.stmt, ast.Module, ast.ExceptHandler, getattr(ast, "match_case", ast.Module))):
            for field, value in ast.iter_fields(node):
                if not isinstance(value, list):
                    continue
                inner = optional or (isinstance(node, ast.Try) and field in ("body", "handlers"))
                inner = inner or (isinstance(node, ast.If) and names_type_checking(node.test))
                waiting += [(one, inner) for one in reversed(value) if isinstance(one, ast.AST)]
    return [{"name": name, "line": line, "optional": optional} for name, line, optional in found]

def check(file):
    try:
        tree = ast.parse(file["text"])
        return {"path": file["path"], "error": None, "imports": imports_of(tree)}
    except SyntaxError as error:
        at = {"line": error.lineno or 1, "message": error.msg, "text": (error.text or "").strip()[:200]}
    except (ValueError, RecursionError, MemoryError) as error:
        at = {"line": 1, "message": str(error) or type(error).__name__, "text": ""}
    return {"path": file["path"], "error": at, "imports": []}

def is_here(name):
    if name in sys.builtin_module_names or name in getattr(sys, "stdlib_module_names", ()):
        return True
    try:
        return importlib.machinery.PathFinder.find_spec(name) is not None
    except (ImportError, ValueError, OSError):
        return False

for line in sys.stdin:
    checked = check(json.loads(line))
    names = sorted({one["name"] for one in checked["imports"]})
    checked["known"] = [name for name in names if is_here(name)]
    print(json.dumps(checked), flush=True)
`
