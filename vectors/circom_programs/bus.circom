pragma circom 2.2.0;
bus Point { signal x; signal y; }
template T() { input Point() p; input Point() q[2]; signal output o; o <== p.x*q[0].y + q[1].x*10 + q[1].y*100 + p.y*1000+q[0].x*10000; }
component main = T();
