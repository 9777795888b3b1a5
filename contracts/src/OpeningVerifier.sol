// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IEscrowGate} from "./interfaces/IEscrowGate.sol";
import {ILoanMarket} from "./interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "./interfaces/IOpeningVerifier.sol";
import {BabyJubJub} from "./libraries/BabyJubJub.sol";
import {BabyJubJubScalars} from "./libraries/BabyJubJubScalars.sol";
import {BN254_R} from "./libraries/Bn254.sol";
import {DataContract} from "./libraries/DataContract.sol";
import {Requirements} from "./libraries/Requirements.sol";
import {LoanId} from "./types/LoanId.sol";

/// @title Verifier of the arbiters' partial openings
/// @dev Has no owner. Stores the group's public shares and accounts as the code of a contract, and
///      which misconduct was recorded.
contract OpeningVerifier is IOpeningVerifier {
    uint256 private constant MOST_ARBITERS = 32;
    uint256 private constant MEMBER_BYTES = 96;
    bytes32 private constant GROUP_TAG = keccak256("zkcredit.escrow.group/2");
    bytes32 private constant OPENING_TAG = keccak256("zkcredit.escrow.opening/1");
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId)");
    bytes32 private constant SIGNED_TYPE = keccak256(
        "Opening(uint256 group,address market,uint256 loanId,uint256 context,uint256 arbiter,uint256 partX,uint256 partY,uint256 blockNumber,bytes32 blockHash)"
    );

    /// @dev What is stored of an arbiter.
    /// @param share Public share P_i.
    /// @param account Account that signs the arbiter's openings.
    struct Member {
        IEscrowGate.Point share;
        address account;
    }

    /// @inheritdoc IOpeningVerifier
    IEscrowGate public immutable gate;
    /// @inheritdoc IOpeningVerifier
    ILoanMarket public immutable market;
    /// @inheritdoc IOpeningVerifier
    uint256 public immutable threshold;
    /// @inheritdoc IOpeningVerifier
    uint256 public immutable size;
    /// @inheritdoc IOpeningVerifier
    uint256 public immutable groupDigest;
    address private immutable _members;
    /// @inheritdoc IOpeningVerifier
    mapping(uint256 arbiter => mapping(LoanId loanId => bool)) public isAccused;

    /// @notice Deploys the verifier of one group of arbiters. Reverts with NotAContract or
    ///         WrongKind unless `market_` is a market whose gate is an escrow gate, and with
    ///         GroupInvalid unless the group belongs to the key of this gate.
    /// @param market_ Market whose gate is an escrow gate.
    /// @param commitments The points C_0 ... C_{m-1} of the key generation; C_0 is the gate's key.
    /// @param shares The points P_1 ... P_n, which must be those that follow from the commitments.
    /// @param accounts The accounts that sign the arbiters' openings, in the same order; not zero,
    ///        and all different.
    /// @param record Digest of the key generation's transcript and of the arbiters' names.
    constructor(
        ILoanMarket market_,
        IEscrowGate.Point[] memory commitments,
        IEscrowGate.Point[] memory shares,
        address[] memory accounts,
        bytes32 record
    ) {
        (IEscrowGate gate_, IEscrowGate.Point memory key) = _escrowGateOf(market_);
        market = market_;
        gate = gate_;
        threshold = commitments.length;
        size = shares.length;
        bool numbers = threshold >= 2 && threshold <= size && size <= MOST_ARBITERS
            && accounts.length == size;
        if (!numbers || !_isSame(commitments[0], key)) revert GroupInvalid();
        for (uint256 k = 0; k < threshold; ++k) {
            bool valid = BabyJubJubScalars.isOfPrimeOrder(commitments[k].x, commitments[k].y);
            if (!valid) revert GroupInvalid();
        }
        Member[] memory members = new Member[](size);
        uint256 bits = 1;
        for (uint256 i = 1; i <= size; ++i) {
            if (i >> bits != 0) ++bits;
            if (!_isShare(commitments, i, bits, shares[i - 1])) revert GroupInvalid();
            // ecrecover answers zero for what is not a signature
            if (accounts[i - 1] == address(0)) revert GroupInvalid();
            for (uint256 j = 1; j < i; ++j) {
                if (accounts[j - 1] == accounts[i - 1]) revert GroupInvalid();
            }
            members[i - 1] = Member(shares[i - 1], accounts[i - 1]);
        }
        groupDigest = uint256(keccak256(abi.encode(GROUP_TAG, record, commitments, accounts)));
        // without the two words for the array's place and length
        bytes memory data = abi.encode(members);
        assembly ("memory-safe") {
            mstore(add(data, 64), sub(mload(data), 64))
            data := add(data, 64)
        }
        _members = DataContract.write(data);
    }

    /// @inheritdoc IOpeningVerifier
    function check(LoanId loanId, PartialOpening calldata opening) external view {
        ILoanMarket.LoanStatus status = market.loan(loanId).status;
        if (status != ILoanMarket.LoanStatus.Defaulted) revert LoanNotInDefault(loanId, status);
        (uint256 context, IEscrowGate.Seal memory seal_) = gate.sealOf(address(market), loanId);
        _check(context, seal_, opening);
    }

    /// @inheritdoc IOpeningVerifier
    function accuse(
        LoanId loanId,
        PartialOpening calldata opening,
        SignedBlock calldata signed_
    ) external {
        ILoanMarket.LoanStatus status = market.loan(loanId).status;
        bool defaulted = status == ILoanMarket.LoanStatus.Defaulted
            || status == ILoanMarket.LoanStatus.Recovered;
        if (defaulted) revert LoanDefaulted(loanId, status);
        if (isAccused[opening.arbiter][loanId]) revert AlreadyAccused(opening.arbiter, loanId);
        // zero for a block that the chain does not have, or does not remember
        bytes32 known = blockhash(signed_.blockNumber);
        if (known == 0 || known != signed_.blockHash) {
            revert BlockUnknown(signed_.blockNumber, signed_.blockHash);
        }
        (uint256 context, IEscrowGate.Seal memory seal_) = gate.sealOf(address(market), loanId);
        address account = accountOf(opening.arbiter);
        (address signer,,) = ECDSA.tryRecover(
            _signedDigest(loanId, context, opening, signed_), signed_.v, signed_.r, signed_.s
        );
        if (signer != account) revert SignatureInvalid(opening.arbiter, account);
        _check(context, seal_, opening);
        isAccused[opening.arbiter][loanId] = true;
        emit Misconduct(opening.arbiter, account, loanId, status);
    }

    /// @inheritdoc IOpeningVerifier
    function shareOf(uint256 arbiter) public view returns (IEscrowGate.Point memory share) {
        return _member(arbiter).share;
    }

    /// @inheritdoc IOpeningVerifier
    function accountOf(uint256 arbiter) public view returns (address account) {
        return _member(arbiter).account;
    }

    /// @dev Returns a market's gate and the key that it escrows to. Reverts unless these are a
    ///      market and an escrow gate; a verifier of openings has a gate too, but no loans.
    function _escrowGateOf(ILoanMarket market_)
        private
        view
        returns (IEscrowGate gate_, IEscrowGate.Point memory key)
    {
        address asked = address(market_);
        Requirements.requireKind(asked, abi.encodeCall(ILoanMarket.loanCount, ()));
        asked = Requirements.requireAddress(asked, abi.encodeCall(ILoanMarket.gate, ()));
        bytes memory answer =
            Requirements.requireAnswer(asked, abi.encodeCall(IEscrowGate.arbiters, ()), 2);
        return (IEscrowGate(asked), abi.decode(answer, (IEscrowGate.Point)));
    }

    function _member(uint256 arbiter) private view returns (Member memory member) {
        if (arbiter == 0 || arbiter > size) revert ArbiterUnknown(arbiter);
        bytes memory data = new bytes(MEMBER_BYTES);
        address source = _members;
        uint256 place = 1 + MEMBER_BYTES * (arbiter - 1);  // after the STOP byte
        assembly ("memory-safe") {
            extcodecopy(source, add(data, 32), place, MEMBER_BYTES)
        }
        return abi.decode(data, (Member));
    }

    /// @dev What the arbiter's account signs (EIP-712).
    function _signedDigest(
        LoanId loanId,
        uint256 context,
        PartialOpening calldata opening,
        SignedBlock calldata signed_
    ) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("zkcredit escrow"), keccak256("1"), block.chainid)
        );
        bytes32 content = keccak256(
            abi.encode(
                SIGNED_TYPE,
                groupDigest,
                market,
                loanId,
                context,
                opening.arbiter,
                opening.part,
                signed_.blockNumber,
                signed_.blockHash
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, content);
    }

    /// @dev Reverts unless the part was made with this arbiter's share for this seal.
    function _check(
        uint256 context,
        IEscrowGate.Seal memory seal_,
        PartialOpening calldata opening
    ) private view {
        IEscrowGate.Point memory share = shareOf(opening.arbiter);
        bool valid = opening.answer < BabyJubJubScalars.ORDER && _isOnCurve(opening.part)
            && _isOnCurve(opening.eighth) && _isOnCurve(opening.announcedBase)
            && _isOnCurve(opening.announcedPoint)
            && !BabyJubJub.isLowOrder(opening.part.x, opening.part.y)
            && !BabyJubJub.isLowOrder(opening.announcedBase.x, opening.announcedBase.y)
            && BabyJubJubScalars.isEightTimes(
                opening.eighth.x, opening.eighth.y, opening.part.x, opening.part.y
            );
        if (!valid) revert OpeningInvalid(opening.arbiter);
        uint256 c = uint256(
            keccak256(
                abi.encode(
                    OPENING_TAG,
                    groupDigest,
                    context,
                    opening.arbiter,
                    seal_.point,
                    share,
                    opening.part,
                    opening.announcedBase,
                    opening.announcedPoint
                )
            )
        ) >> 128;
        IEscrowGate.Point memory base =
            IEscrowGate.Point(BabyJubJubScalars.BASE_X, BabyJubJubScalars.BASE_Y);
        valid = _isAnswered(base, share, c, opening.answer, opening.announcedBase)
            && _isAnswered(seal_.point, opening.part, c, opening.answer, opening.announcedPoint);
        if (!valid) revert OpeningInvalid(opening.arbiter);
    }

    /// @dev Whether z * base - c * product = announced.
    function _isAnswered(
        IEscrowGate.Point memory base,
        IEscrowGate.Point memory product,
        uint256 c,
        uint256 z,
        IEscrowGate.Point calldata announced
    ) private pure returns (bool) {
        BabyJubJubScalars.Pair memory pair = BabyJubJubScalars.Pair({
            px: base.x,
            py: base.y,
            pz: 1,
            // of prime order, so not 0
            qx: BN254_R - product.x,
            qy: product.y,
            qz: 1,
            sx: 0,
            sy: 0,
            sz: 0
        });
        return BabyJubJubScalars.isSumOfMultiples(pair, z, c, announced.x, announced.y);
    }

    /// @dev Whether a point is the sum of index^k * C_k, by Horner's rule, and of prime order.
    ///      `bits` is the number of bits of the index.
    function _isShare(
        IEscrowGate.Point[] memory commitments,
        uint256 index,
        uint256 bits,
        IEscrowGate.Point memory claimed
    ) private pure returns (bool) {
        BabyJubJubScalars.Projective memory sum = BabyJubJubScalars.Projective(0, 1, 1);
        for (uint256 k = commitments.length; k > 0; --k) {
            IEscrowGate.Point memory c = commitments[k - 1];
            sum = BabyJubJubScalars.sumOfMultiples(
                BabyJubJubScalars.Pair(sum.x, sum.y, sum.z, c.x, c.y, 1, 0, 0, 0),
                index,
                1,
                bits
            );
        }
        return claimed.x < BN254_R && claimed.y < BN254_R
            && !BabyJubJub.isLowOrder(claimed.x, claimed.y)
            && BabyJubJub.areEqual(sum.x, sum.y, sum.z, claimed.x, claimed.y, 1);
    }

    function _isSame(IEscrowGate.Point memory p, IEscrowGate.Point memory q)
        private
        pure
        returns (bool)
    {
        return p.x == q.x && p.y == q.y;
    }

    function _isOnCurve(IEscrowGate.Point calldata p) private pure returns (bool) {
        return BabyJubJub.isOnCurve(p.x, p.y);
    }
}
