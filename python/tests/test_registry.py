import pytest

from remotemedia import MultiprocessNode, ParamsError, find_node_type, register_node, registered_node_types
from remotemedia import _registry as registry
from remotemedia._node import NodeContext


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_TYPES", {})


class Base(MultiprocessNode):
    """What it does.

    And more.
    """

    async def process(self, data):
        return data


def make(node_type, **params):
    return node_type.create(NodeContext("n", "s", params))


def test_a_class_is_registered_and_given_back():
    registered = register_node("A", input_types=["audio"], output_types=("text",), params={"type": "object"})(Base)
    assert registered is Base
    found = find_node_type("A")
    assert (found.name, found.implementation, found.module) == ("A", Base, __name__)
    assert (found.input_types, found.output_types) == (("audio",), ("text",))
    assert found.params_schema() == {"type": "object"}
    assert found.doc == "What it does.\n\nAnd more."
    assert registered_node_types() == [found]
    assert find_node_type("B") is None


def test_what_is_left_out_is_none():
    register_node("A")(Base)
    found = find_node_type("A")
    assert (found.input_types, found.output_types, found.params_schema()) == (None, None, None)


def test_a_base_classes_text_is_not_the_nodes():
    class Bare(MultiprocessNode):
        async def process(self, data):
            pass

    register_node("A")(Bare)
    assert find_node_type("A").doc == ""


def test_a_reload_replaces_and_another_class_is_refused():
    def version():
        class Same(Base):
            pass

        return Same

    register_node("A")(version())
    newer = register_node("A")(version())
    assert find_node_type("A").implementation is newer

    class Other(Base):
        pass

    with pytest.raises(ValueError, match=r"'A' is registered twice: .*Same in .*test_registry.* and .*Other in"):
        register_node("A")(Other)


@pytest.mark.parametrize(
    ("use", "error", "why"),
    [
        (lambda: register_node(Base), TypeError, r'@register_node\("MyNode"\)'),
        (lambda: register_node(""), TypeError, "needs the name"),
        (lambda: register_node("A")(object), TypeError, "must be a subclass of MultiprocessNode"),
        (lambda: register_node("A")(MultiprocessNode), TypeError, "has no process"),
        (lambda: register_node("A")(3), TypeError, "a class or a function"),
        (lambda: register_node("A", input_types=["sound"]), ValueError, "'sound'; there are audio, video"),
        (lambda: register_node("A", output_types="audio"), TypeError, r"a list: \['audio'\]"),
        (lambda: register_node("A", params=3), TypeError, "a dataclass, a pydantic model or a JSON Schema"),
    ],
)
def test_a_mistake_is_explained(use, error, why):
    with pytest.raises(error, match=why):
        use()


def test_no_init_is_needed():
    register_node("A")(Base)
    node = make(find_node_type("A"), model="base")
    assert (node.node_id, node.session_id, node.params) == ("n", "s", {"model": "base"})


def test_init_gets_the_parameters_it_names_and_sees_the_context():
    class Named(Base):
        def __init__(self, model, *, beam=5, **others):
            self.seen = (model, beam, others, self.node_id, self.params)

    register_node("A")(Named)
    node = make(find_node_type("A"), model="base", language="en")
    assert node.seen == ("base", 5, {}, "n", {"model": "base", "language": "en"})


def test_init_may_ask_for_the_context_by_name_and_keep_it():
    class Old(Base):
        def __init__(self, node_id, params, session_id=None):
            super().__init__(node_id, params=params)
            self.node_id, self.params, self.session_id = node_id, params, session_id

    register_node("A")(Old)
    node = make(find_node_type("A"), a=1)
    assert (node.node_id, node.session_id, node.params) == ("n", "s", {"a": 1})


def test_a_missing_parameter_is_named():
    class Named(Base):
        def __init__(self, model):
            pass

    register_node("A")(Named)
    with pytest.raises(ParamsError, match="Named needs the parameter 'model'"):
        make(find_node_type("A"))

    @register_node("B")
    def function(data, model):
        return data

    with pytest.raises(ParamsError, match="function needs the parameter 'model'"):
        make(find_node_type("B"))


def test_a_node_may_be_made_by_hand():
    first, second = Base(), Base()
    assert (first.node_id, first.params) == ("", {})
    first.params["a"] = 1
    assert second.params == {}
