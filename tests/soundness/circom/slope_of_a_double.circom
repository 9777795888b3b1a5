// broken: only where y = 0 and 3x^2 = 12 together: the slope of the tangent is free there
// input: {"x": "5", "y": "3"}
pragma circom 2.0.0;
template Tangent() {
    signal input x; signal input y;
    signal output s; signal output x2;
    signal xx <== x * x;
    s <-- (3 * xx - 12) / (2 * y);
    s * (2 * y) === 3 * xx - 12;
    x2 <== s * s - 2 * x;
}
component main = Tangent();
