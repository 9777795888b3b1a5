// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {IHistoryGate} from "../../src/interfaces/IHistoryGate.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {FreeMarket} from "./FreeMarket.sol";
import {RegistryFixture} from "./RegistryFixture.sol";
import {ToyProver} from "./ToyProver.sol";

/// @title Tree of a bureau that says of roots what a test tells it to
contract SaidTree {
    address public bureau;
    mapping(uint256 root => bool) public isFresh;

    constructor(address bureau_) {
        bureau = bureau_;
    }

    function say(uint256 root, bool fresh) external {
        isFresh[root] = fresh;
    }
}

/// @title A bureau with two markets on gates about records, and a tree of another bureau
/// @dev Verifiers are real, and each proof is genuine for what it was made for.
abstract contract RecordFixture is RegistryFixture, ToyProver {
    uint256 internal constant ROOT = 9;
    uint256 internal constant HISTORY_ROOT = 77;
    uint256 internal constant WHO = 42;
    uint256 internal constant CLOCK = 1 hours;
    address internal constant BORROWER = address(0xB0);
    address internal constant OTHER = address(0xB1);
    // of 164 bits: one loan repaid, at most three rows late, and the rest neutral but the day
    uint256 internal constant TERMS = 1 | 3 << 40 | 0xff << 56 | 0xf << 64 | 0xffffffff << 132;

    IHistoryGate internal judge;
    IHistoryGate internal twin;
    CreditBureau internal bureau;
    CreditBureau internal elsewhere;
    SaidTree internal tree;
    FreeMarket internal market;
    FreeMarket internal second;

    /// @dev The gates of a test, of one kind.
    function deployGate() internal virtual returns (IHistoryGate);

    /// @dev The public inputs of that kind, in their order.
    function inputsOf(
        address market_,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e
    ) internal view virtual returns (uint256[] memory);

    function deployRecords() internal {
        loadToySetup();
        deployRegistry(0, CURRENT_AGE);
        post(ROOT);
        bureau = new CreditBureau(ADMIN, 1 days, 0, ICreditBureau.Kind.Credential);
        elsewhere = new CreditBureau(ADMIN, 1 days, 0, ICreditBureau.Kind.Credential);
        tree = new SaidTree(address(elsewhere));
        tree.say(HISTORY_ROOT, true);
        (judge, twin) = (deployGate(), deployGate());
        (market, second) = (new FreeMarket(judge), new FreeMarket(judge));
        market.name(address(bureau));
        second.name(address(bureau));
        vm.startPrank(ADMIN);
        bureau.addMember(address(market), judge);
        bureau.addMember(address(second), judge);
        vm.stopPrank();
    }

    function application() internal view returns (IApplicationGate.Application memory a) {
        a.borrower = BORROWER;
        a.productId = ProductId.wrap(1);
        a.principal = 100_000;
        a.purpose = 3;
        a.instalment = 10_000;
        a.termsHash = keccak256("terms");
        a.historyTerms = TERMS;
        a.historySource = address(tree);
        (a.policy.maxScore, a.policy.maxDtiBps, a.policy.maxDelinquencies) =
            (65_535, 65_535, 65_535);
    }

    /// @dev What the borrower brings, without a proof.
    function unproved() internal view virtual returns (IApplicationGate.Evidence memory e) {
        e.nullifier = Nullifier.wrap(WHO);
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp + 600);
        e.extra = abi.encode(HISTORY_ROOT);
    }

    function evidence(IApplicationGate.Application memory a)
        internal
        view
        returns (IApplicationGate.Evidence memory e)
    {
        e = unproved();
        e.proof = toyProof(inputsOf(address(market), a, e));
    }

    function contextOf(
        address market_,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e
    ) internal view returns (uint256) {
        uint256 nonce = judge.applicationNonce(market_, a.borrower);
        return judge.contextOf(market_, a, nonce, e.deadline);
    }

    function today() internal view returns (uint256) {
        return (block.timestamp + CLOCK) / 1 days;
    }

    function expect(
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e,
        bytes memory refusal
    ) internal {
        (bool ok, bytes memory answer) = address(judge).staticcall(
            abi.encodeCall(IApplicationGate.check, (address(market), a, e))
        );
        assertReverted(ok, answer, refusal);
        (ok, answer) = address(market).call(abi.encodeCall(market.consume, (a, e)));
        assertReverted(ok, answer, refusal);
    }
}
