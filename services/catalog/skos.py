"""A plan as SKOS (W3C Recommendation 2009): a pure function to Turtle and JSON-LD."""

from urllib.parse import quote

from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef

from services.catalog.contract import SKOS_FORMATS, PlanDocument
from services.shared.text import match_key


def skos_of(document: str, media_type: str) -> str:
    """The plan of a JSON text as a concept scheme; nodes related by the plan are skos:related unless one is above the
    other."""
    return graph_of(PlanDocument.model_validate_json(document)).serialize(format=SKOS_FORMATS[media_type])


def graph_of(plan: PlanDocument) -> Graph:
    """The plan's triples."""
    scheme = URIRef(f"urn:kepan:plan:{plan.slug}")
    graph = Graph()
    graph.bind("skos", SKOS)
    graph.bind("dct", DCTERMS)
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, SKOS.prefLabel, Literal(plan.title, lang="zh")))
    graph.add((scheme, DCTERMS.title, Literal(plan.title, lang="zh")))
    if plan.citation:
        source = " ".join(part for part in (plan.citation.title, plan.citation.doc_no) if part)
        graph.add((scheme, DCTERMS.source, Literal(source, lang="zh")))
    above: dict[str, set[str]] = {}
    for node in plan.nodes:
        concept = _uri(plan.slug, node.code)
        above[node.code] = above.get(node.parent or "", set()) | {node.code}
        graph.add((concept, RDF.type, SKOS.Concept))
        graph.add((concept, SKOS.inScheme, scheme))
        graph.add((concept, SKOS.notation, Literal(node.code)))
        _add_labels(graph, concept, node.title, node.aliases, node.keywords)
        if node.summary:
            graph.add((concept, SKOS.definition, Literal(node.summary, lang="zh")))
        if node.parent:
            graph.add((concept, SKOS.broader, _uri(plan.slug, node.parent)))
            graph.add((_uri(plan.slug, node.parent), SKOS.narrower, concept))
        else:
            graph.add((concept, SKOS.topConceptOf, scheme))
            graph.add((scheme, SKOS.hasTopConcept, concept))
    for relation in plan.relations:
        if relation.from_ not in above[relation.to] and relation.to not in above[relation.from_]:
            one, other = _uri(plan.slug, relation.from_), _uri(plan.slug, relation.to)
            graph.add((one, SKOS.related, other))
            graph.add((other, SKOS.related, one))
    return graph


def _uri(slug: str, code: str) -> URIRef:
    return URIRef(f"urn:kepan:plan:{slug}:{quote(code, safe='')}")


def _add_labels(graph: Graph, concept: URIRef, title: str, aliases: list[str], keywords: list[str]) -> None:
    """The title as prefLabel, aliases as altLabel, keywords as hiddenLabel: no label twice on a concept."""
    graph.add((concept, SKOS.prefLabel, Literal(title, lang="zh")))
    taken = {match_key(title)}
    for labels, kind in ((aliases, SKOS.altLabel), (keywords, SKOS.hiddenLabel)):
        for label in labels:
            if match_key(label) not in taken:
                taken.add(match_key(label))
                graph.add((concept, kind, Literal(label, lang="zh")))
