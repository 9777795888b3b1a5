// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEscrowGate} from "../interfaces/IEscrowGate.sol";
import {IFxSource} from "../interfaces/IFxSource.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {BabyJubJub} from "../libraries/BabyJubJub.sol";
import {BabyJubJubScalars} from "../libraries/BabyJubJubScalars.sol";
import {BN254_R} from "../libraries/Bn254.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LoanId} from "../types/LoanId.sol";
import {ApplicationGate} from "./ApplicationGate.sol";
import {RegistryGate} from "./RegistryGate.sol";

/// @title Gate for proofs that escrow the borrower's reference to arbiters
contract EscrowGate is IEscrowGate, RegistryGate {
    uint256 private constant INPUTS = 10;
    uint256 private constant LOAN_WORDS = 2; // members of ILoanMarket.Loan

    uint256 private immutable _arbitersX;
    uint256 private immutable _arbitersY;
    mapping(address borrower => mapping(uint256 context => Seal)) private _seals;
    mapping(address market => mapping(LoanId loanId => uint256)) private _contexts;

    /// @notice Deploys a gate that nobody can change afterwards.
    /// @param verifier_ Verifier whose key is that of the `escrow_eligibility` statement.
    /// @param registry_ Registry whose roots are accepted.
    /// @param maxRootAge_ How long a replaced root is still accepted, seconds, at most 365 days.
    /// @param maxClockAge_ How far the proof's "now" may lie behind the block's time, seconds,
    ///        at most 365 days.
    /// @param fx_ Source of exchange rates; 0 if no product has its policy in another currency.
    /// @param arbiters_ Key that references are sealed to, a point of prime order.
    constructor(
        IGroth16Verifier verifier_,
        IIssuerRegistry registry_,
        uint256 maxRootAge_,
        uint256 maxClockAge_,
        IFxSource fx_,
        Point memory arbiters_
    ) ApplicationGate(verifier_, INPUTS, maxClockAge_) RegistryGate(registry_, maxRootAge_, fx_) {
        if (!BabyJubJubScalars.isOfPrimeOrder(arbiters_.x, arbiters_.y)) revert ArbitersInvalid();
        _arbitersX = arbiters_.x;
        _arbitersY = arbiters_.y;
    }

    /// @inheritdoc IEscrowGate
    function place(uint256 context, Seal calldata seal_) external {
        (uint256 x, uint256 y) = (seal_.point.x, seal_.point.y);
        bool valid = BabyJubJub.isOnCurve(x, y) && !BabyJubJub.isLowOrder(x, y);
        if (!valid || seal_.value >= BN254_R) revert SealInvalid();
        Seal storage kept = _seals[msg.sender][context];
        if (_isPlaced(kept)) revert SealExists(msg.sender, context);
        kept.point = seal_.point;
        kept.value = seal_.value;
        emit SealPlaced(msg.sender, context, seal_);
    }

    /// @inheritdoc IEscrowGate
    function arbiters() external view returns (Point memory) {
        return Point(_arbitersX, _arbitersY);
    }

    /// @inheritdoc IEscrowGate
    function placed(address borrower, uint256 context) external view returns (Seal memory) {
        return _seals[borrower][context];
    }

    /// @inheritdoc IEscrowGate
    function sealOf(address market, LoanId loanId)
        external
        view
        returns (uint256 context, Seal memory seal_)
    {
        context = _contexts[market][loanId];
        if (context == 0) revert LoanNotEscrowed(market, loanId);
        seal_ = _seals[_borrowerOf(market, loanId)][context];
    }

    /// @inheritdoc ApplicationGate
    function _inputs(address market, Application calldata application, Evidence calldata evidence)
        internal
        view
        override
        returns (uint256[] memory inputs)
    {
        inputs = _credentialInputs(market, application, evidence, INPUTS);
        Seal storage kept = _seals[application.borrower][inputs[1]];
        if (!_isPlaced(kept)) revert SealMissing(application.borrower, inputs[1]);
        (inputs[5], inputs[6]) = (_arbitersX, _arbitersY);
        (inputs[7], inputs[8]) = (kept.point.x, kept.point.y);
        inputs[9] = kept.value;
    }

    /// @inheritdoc ApplicationGate
    function _consumed(
        Application calldata application,
        Evidence calldata evidence,
        uint256 nonce
    ) internal override {
        uint256 context = contextOf(msg.sender, application, nonce, evidence.deadline);
        uint256 count =
            Requirements.requireWord(msg.sender, abi.encodeCall(ILoanMarket.loanCount, ()));
        LoanId loanId = LoanId.wrap(count + 1);
        _contexts[msg.sender][loanId] = context;
        emit Escrowed(msg.sender, loanId, context, _seals[application.borrower][context]);
    }

    function _borrowerOf(address market, LoanId loanId) private view returns (address) {
        bytes memory loan = Requirements.requireAnswer(
            market, abi.encodeCall(ILoanMarket.loan, (loanId)), LOAN_WORDS
        );
        return abi.decode(loan, (ILoanMarket.Loan)).borrower;
    }

    /// @dev No point of the curve but those of low order has y = 0.
    function _isPlaced(Seal storage kept) private view returns (bool) {
        return kept.point.y != 0;
    }
}
