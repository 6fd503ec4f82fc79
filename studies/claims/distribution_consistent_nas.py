"""What Distribution consistent neural architecture search supernet claims."""

from bench.study.claim import Claim, Compared, Searched, Untested

PAPER = "Distribution consistent NAS"
IMAGENET = "16 GPU days per supernet (Table 1), and the retraining, on ImageNet"


def imagenet(section: str, says: str) -> Claim:
    """Return a claim about ImageNet accuracies of retrained networks."""
    test = Untested(why="needs ImageNet and the retraining of what is found", cost=IMAGENET)
    return Claim(paper=PAPER, section=section, says=says, test=test)


CLAIMS = (
    imagenet("4.2, Table 1", "78.1 % below 350 M FLOPs and 79.5 below 500 M, more than earlier methods."),
    *(
        Claim(
            paper=PAPER,
            section="4.2, Table 2",
            says=f"On NAS-Bench-201 it finds better cells than {method}: 94.29 against {top} % on CIFAR-10.",
            test=Searched(
                study="nb201-methods",
                row="local sharing",
                search="every cell",
                searcher="exhaustive",
                against="exhaustive",
                against_row=row,
            ),
        )
        for method, row, top in (
            ("FairNAS", "strictly fair", "93.23"),
            ("DARTS, first order", "DARTS, log-probability", "54.30"),
            ("DARTS, second order", "DARTS, second order, log-probability", "54.30"),
            ("SETN", "SETN, log-probability", "87.64"),
            ("GDAS", "GDAS, log-probability", "93.61"),
            ("SGNAS", "SGNAS, log-probability", "93.53"),
            ("DARTS-", "DARTS-, log-probability", "93.80"),
        )
    ),
    imagenet("4.3, Table 3", "Local sharing: 78.1 % against 77.2 with all shared and 77.4 with random clusters."),
    imagenet("4.3, Table 4", "Two and three weights per operation: 78.1 and 77.9 % against 77.2 with one."),
    imagenet("4.3, Table 5", "20,000 candidate architectures are no better than 10,000: 78.0 against 78.1 %."),
    Claim(
        paper=PAPER,
        section="4.3, Figure 3",
        says="On NAS-Bench-201 local sharing ranks 15 cells better than sharing all.",
        test=Compared(study="local-sharing", row="learned, equal passes"),
    ),
)
