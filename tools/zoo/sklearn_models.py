"""scikit-learn by skl2onnx, fitted to made-up clusters."""

from entry import add
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

FEATURES = 12
TREES = "a tree has no layer"
LAYERLESS = "no linear layer makes the logits"


def mlp(**options):
    return MLPClassifier((24, 16), max_iter=60, random_state=0, **options)


# Pipeline, number of classes, options of the converter, why it may be refused.
MODELS = {
    "logreg": ([LogisticRegression()], 4, {}, None),
    "logreg_binary": ([LogisticRegression()], 2, {}, None),
    "logreg_nozipmap": ([LogisticRegression()], 4, {"zipmap": False}, None),
    "logreg_raw": ([LogisticRegression()], 4, {"zipmap": False, "raw_scores": True}, None),
    "logreg_cv_scaled": ([StandardScaler(), LogisticRegressionCV()], 3, {"zipmap": False}, None),
    "logreg_normalised": ([Normalizer(), LogisticRegression()], 4, {}, None),
    "logreg_normalised_l1": ([Normalizer("l1"), LogisticRegression()], 4, {}, None),
    "logreg_minmax_pca": ([MinMaxScaler(), PCA(6), LogisticRegression()], 4, {}, None),
    "mlp": ([mlp()], 4, {}, None),
    "mlp_nozipmap": ([StandardScaler(), mlp()], 4, {"zipmap": False}, None),
    "mlp_binary": ([mlp()], 2, {"zipmap": False}, None),
    "mlp_tanh": ([mlp(activation="tanh")], 3, {"zipmap": False}, None),
    "mlp_logistic": ([mlp(activation="logistic")], 3, {}, None),
    "sgd_log": ([SGDClassifier(loss="log_loss")], 4, {"zipmap": False}, None),
    "sgd_hinge": ([SGDClassifier(loss="hinge")], 4, {"zipmap": False, "raw_scores": True}, None),
    "lda": ([LinearDiscriminantAnalysis()], 4, {"zipmap": False}, None),
    "ridge": ([RidgeClassifier()], 4, {"zipmap": False}, None),
    "perceptron": ([Perceptron()], 4, {"zipmap": False, "raw_scores": True}, None),
    "linear_svc": ([LinearSVC()], 4, {"raw_scores": True}, None),
    "svc": ([SVC()], 3, {"zipmap": False}, LAYERLESS),
    "naive_bayes": ([GaussianNB()], 4, {"zipmap": False}, LAYERLESS),
    "qda": ([QuadraticDiscriminantAnalysis()], 3, {"zipmap": False}, LAYERLESS),
    "knn": ([KNeighborsClassifier()], 3, {"zipmap": False}, LAYERLESS),
    "tree": ([DecisionTreeClassifier(max_depth=4)], 4, {"zipmap": False}, TREES),
    "forest": ([RandomForestClassifier(5, max_depth=4)], 4, {"zipmap": False}, TREES),
    "boosted": ([GradientBoostingClassifier(n_estimators=5)], 3, {"zipmap": False}, TREES),
}


def converted(steps, classes, options):
    def export(path):
        x, y = make_classification(
            400, FEATURES, n_informative=8, n_classes=classes, random_state=0
        )
        x = x.astype("float32")
        pipeline = make_pipeline(*steps).fit(x, y)
        # Options are per estimator: those of the classifier at the end.
        proto = to_onnx(pipeline, x[:1], options={id(pipeline[-1]): options} if options else None)
        path.write_bytes(proto.SerializeToString())

    return export


for name, (steps, classes, options, refused) in MODELS.items():
    add(
        "scikit-learn",
        f"sk_{name}",
        "skl2onnx",
        converted(steps, classes, options),
        (FEATURES,),
        refused=refused,
    )
