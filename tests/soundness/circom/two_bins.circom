// broken: one-hot bits of a scorecard of which any number may be set
// input: {"value": "7"}
pragma circom 2.0.0;
template Bins() {
    signal input value;
    signal output points;
    signal bin[3];
    for (var i = 0; i < 3; i++) {
        bin[i] <-- (value \ 5) == i ? 1 : 0;
        bin[i] * (bin[i] - 1) === 0;
    }
    points <== 10 * bin[0] + 20 * bin[1] + 30 * bin[2];
}
component main = Bins();
