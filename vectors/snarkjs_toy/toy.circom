pragma circom 2.0.0;
template Toy() {
    signal input x; signal input k; signal output y; signal output z;
    signal x2; signal t[5];
    x2 <== x*x;
    y <== x2*x + 3*x + 5*k;
    t[0] <== (x + k) * (x2 - 7*k + 1);
    for (var i=1;i<5;i++) { t[i] <== t[i-1]*(t[i-1] + x + i); }
    z <== t[4]*k;
}
component main {public [k]} = Toy();
